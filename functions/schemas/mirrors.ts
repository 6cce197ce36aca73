/** The operator's parameters of downloads: where datasets come from instead of the catalogue's mirrors, and what may be there. */
import { ConfigError } from '../../core/errors.ts';
import { ENV } from '../contract/environment.ts';
import { PARAMETERS } from '../contract/stacks.ts';

export const MIRROR_ACCESS = ['public', 'any'] as const;
export type MirrorAccess = (typeof MIRROR_ACCESS)[number];

/** A base URL whose `<file>.gz` is one gzipped file. */
export interface DatasetMirror {
  /** The only dataset that it has; undefined where it may have any. */
  dataset: string | undefined;
  url: string;
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
 * @param text comma-separated base URLs, each with the name of a dataset and `=` before it where it has no others; empty for none
 * @returns their URLs end in a slash
 * @throws ConfigError for what is no https URL, or, with access `any`, no http(s) URL
 */
export function parseMirrors(text: string, access: MirrorAccess): DatasetMirror[] {
  const entries = text.split(',').map((entry) => entry.trim());
  return entries
    .filter((entry) => entry !== '')
    .map((whole) => {
      const [, dataset, rest] = /^([a-z0-9._-]{1,63})=(.*)$/.exec(whole) ?? [];
      const entry = rest ?? whole;
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
      return { dataset, url: entry.endsWith('/') ? entry : `${entry}/` };
    });
}
const SCHEMES: Record<MirrorAccess, string> = { public: 'https URLs', any: 'http(s) URLs' };
