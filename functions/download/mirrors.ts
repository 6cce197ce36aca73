/** Which mirrors to ask, and in what order and how often. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PARAMETERS } from '../contract/stacks.ts';
import { logger } from '../observe/logging.ts';
import { MirrorError } from './fetch-verified.ts';

/** No mirror delivered the file; the message says what each of them did. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

export interface RetryPolicy {
  /** How often the list is gone through. */
  rounds: number;
  /** Milliseconds before the second round, more or less; doubled for each further one. */
  backoffMs: number;
  /** Milliseconds left for everything. */
  remainingMs: () => number;
}

/** Whoever runs the app decides where it downloads from. */
const ADVICE = `Other mirrors, and http at any address, are allowed by the parameters ${PARAMETERS.datasetMirrors} and ${PARAMETERS.mirrorAccess}, which npm start takes as --dataset-mirrors and --mirror-access`;

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
  const reasons = [...failures].map(([url, reason]) => `${url}: ${reason}`).join('; ');
  throw new DownloadError(`${reasons}. ${ADVICE}`);
}
