/** Which mirrors to ask, and in what order and how often. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../../core/errors.ts';
import { ENV } from '../contract/environment.ts';
import { PARAMETERS } from '../contract/stacks.ts';
import { logger } from '../observe/logging.ts';
import { MIRROR_ACCESS, type MirrorAccess } from './fetch-policy.ts';
import { MirrorError } from './fetch-verified.ts';

/** No mirror delivered the file; the message says what each of them did. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** @throws ConfigError naming the values there are */
export function parseMirrorAccess(text: string): MirrorAccess {
  const access = MIRROR_ACCESS.find((value) => value === text);
  if (access !== undefined) return access;
  throw new ConfigError(
    `${ENV.mirrorAccess}: got ${JSON.stringify(text)}, expected ${MIRROR_ACCESS.join(' or ')}`,
  );
}

/**
 * @param text comma-separated base URLs; empty for none
 * @returns each ending in a slash
 * @throws ConfigError for what is no https URL, or, with access `any`, no http(s) URL
 */
export function parseMirrors(text: string, access: MirrorAccess): string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  return entries
    .filter((entry) => entry !== '')
    .map((entry) => {
      const url = URL.parse(entry);
      const hasUser = url !== null && (url.username !== '' || url.password !== '');
      // Not shown: messages end up in logs and in the run's status.
      if (hasUser || /^[^/]*\/\/[^/]*@|[?#]/.test(entry)) {
        throw new ConfigError(
          `${ENV.datasetMirrors}: got a URL with a user name, a query or a fragment, expected URLs without`,
        );
      }
      const got = () => `${ENV.datasetMirrors}: got ${JSON.stringify(entry)}`;
      if (url === null || !/^https?:$/.test(url.protocol))
        throw new ConfigError(`${got()}, expected ${SCHEMES[access]}`);
      if (access === 'public' && url.protocol === 'http:') {
        throw new ConfigError(`${got()}, expected https URLs unless ${PARAMETERS.mirrorAccess} is any`);
      }
      return entry.endsWith('/') ? entry : `${entry}/`;
    });
}
const SCHEMES: Record<MirrorAccess, string> = { public: 'https URLs', any: 'http(s) URLs' };

export interface RetryPolicy {
  /** How often the list is gone through. */
  rounds: number;
  /** Milliseconds before the second round, more or less; doubled for each further one. */
  backoffMs: number;
  /** Milliseconds left for everything. */
  remainingMs: () => number;
}

/** A try with less time than this is not begun. */
const LEAST_MS = 2000;

/**
 * Tries one URL after the other until one succeeds. Only a MirrorError leads on to the next; one that is permanent
 * strikes its URL off the list.
 *
 * @throws DownloadError naming each URL with its last failure
 */
export async function tryMirrors<T>(
  urls: readonly string[],
  { rounds, backoffMs, remainingMs }: RetryPolicy,
  attempt: (url: string) => Promise<T>,
): Promise<T> {
  const failures = new Map<string, string>();
  let left = urls;
  for (let round = 0; round < rounds && left.length > 0; round++) {
    // Half to one and a half of the pause, so that functions started together don't come back together.
    if (round > 0) await sleep(backoffMs * 2 ** (round - 1) * (0.5 + Math.random()));
    for (const url of left) {
      if (remainingMs() < LEAST_MS) {
        failures.set(url, `${failures.get(url) ?? 'not tried'}; no time is left for another try`);
        continue;
      }
      try {
        return await attempt(url);
      } catch (error) {
        if (!(error instanceof MirrorError)) throw error;
        logger.warn('mirror failed', { url, reason: error.message, round });
        failures.set(url, error.message);
        if (error.isPermanent) left = left.filter((other) => other !== url);
      }
    }
  }
  throw new DownloadError([...failures].map(([url, reason]) => `${url}: ${reason}`).join('; '));
}
