/**
 * What may be fetched: whoever names a URL, or a server that redirects, must not reach what only this function can
 * (other machines of its network, the runtime API on its loopback, the metadata service).
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { MirrorAccess } from '../schemas/mirrors.ts';
import { isPublicAddress } from './public-addresses.ts';

export interface FetchPolicy {
  /**
   * `public`: https to public addresses only. `any`: the configured origins may also be http and at any address; every
   * other URL, such as a redirect's, is held to `public`.
   */
  access: MirrorAccess;
  /** Origins that an operator chose, e.g. `https://mirror.example:8443`: their ports are accepted. */
  configured: readonly string[];
}

/** The policy forbids it; asking again won't help. */
export class RefusedUrlError extends Error {
  override readonly name = 'RefusedUrlError';
}

const HTTPS_PORT = '443';

/**
 * Checks all that a URL says by itself; names are checked by guardedLookup once they are addresses.
 *
 * @throws RefusedUrlError saying what is not allowed; never shows user name, password, path or query
 */
export function checkUrl(url: URL, policy: FetchPolicy): void {
  if (url.username !== '' || url.password !== '') {
    throw new RefusedUrlError(`a URL on ${url.host} with a user name, expected URLs without`);
  }
  const isFree = mayBeAnywhere(url, policy);
  if (url.protocol !== 'https:' && !(isFree && url.protocol === 'http:')) {
    throw new RefusedUrlError(`scheme ${url.protocol.slice(0, -1)}, expected https`);
  }
  const port = url.port || HTTPS_PORT;
  if (port !== HTTPS_PORT && !policy.configured.includes(url.origin)) {
    throw new RefusedUrlError(`port ${port} of ${url.hostname}, expected ${HTTPS_PORT}`);
  }
  const host = hostOf(url);
  if (!isFree && isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(host, [host]);
}

/** Whether the operator allowed this origin to be at any address. */
export function mayBeAnywhere(url: URL, policy: FetchPolicy): boolean {
  return policy.access === 'any' && policy.configured.includes(url.origin);
}

/** Name or address to connect to: IPv6 without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/**
 * Resolves a name to its public addresses only. Given to a connection as its `lookup`, the addresses that are checked
 * are the ones it connects to: a name that resolves to something else a moment later gains nothing.
 */
export function guardedLookup(resolve: LookupFunction = systemLookup as LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, []);
        return;
      }
      const addresses = found as LookupAddress[];
      const open = addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = open;
      if (first === undefined) {
        callback(
          notPublic(
            hostname,
            addresses.map(({ address }) => address),
          ),
          [],
        );
      } else if (options.all === true) {
        callback(null, open);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

function notPublic(host: string, addresses: readonly string[]): RefusedUrlError {
  return new RefusedUrlError(`${host} is at ${addresses.join(', ')}, expected a public address`);
}
