/**
 * GET of any URL under a policy, redirects included. On node:http and node:https, because the check of a resolved
 * address needs a `lookup` of its own. Proxies that the environment names are not used: they would connect for us.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import {
  checkUrl,
  type FetchPolicy,
  guardedLookup,
  hostOf,
  mayBeAnywhere,
  RefusedUrlError,
} from './fetch-policy.ts';

export interface OpenOptions {
  /** Ends request and response. */
  signal: AbortSignal;
  /** How names are resolved and whom TLS trusts, where that is not the system's. */
  network?: Pick<RequestOptions, 'lookup' | 'ca'>;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: readonly (number | undefined)[] = [301, 302, 303, 307, 308];

/**
 * @returns the response that is no redirect, whatever its status; its body is as sent, content-encoding and all
 * @throws RefusedUrlError for a URL or a redirect that the policy forbids; Error for a connection that fails
 */
export async function openUrl(
  text: string,
  policy: FetchPolicy,
  options: OpenOptions,
): Promise<IncomingMessage> {
  let url = parse(text);
  for (let redirects = 0; ; redirects++) {
    checkUrl(url, policy);
    const response = await get(url, policy, options);
    if (!REDIRECTS.includes(response.statusCode)) return response;
    response.destroy();
    if (redirects === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
    url = follow(url, response.headers.location, policy);
  }
}

function parse(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new RefusedUrlError('no valid URL');
  return url;
}

/** Where a redirect leads. @throws RefusedUrlError when that is not allowed, saying that it was a redirect */
function follow(from: URL, location: string | undefined, policy: FetchPolicy): URL {
  const to = URL.parse(location ?? '', from.href);
  if (location === undefined || to === null) throw new RefusedUrlError('redirected to no valid URL');
  try {
    checkUrl(to, policy);
    // Even where http is allowed.
    if (from.protocol === 'https:' && to.protocol !== 'https:') {
      throw new RefusedUrlError(`scheme ${to.protocol.slice(0, -1)}, expected https`);
    }
  } catch (error) {
    throw new RefusedUrlError(`redirected to ${(error as Error).message}`);
  }
  return to;
}

function get(url: URL, policy: FetchPolicy, { signal, network = {} }: OpenOptions): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const { lookup } = network;
  const options: RequestOptions = {
    ...network,
    ...(mayBeAnywhere(url, policy) ? {} : { lookup: guardedLookup(lookup) }),
    host: hostOf(url),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    // Identity: what the file is compressed with is the file's own business here, not the transfer's.
    headers: { 'accept-encoding': 'identity', 'user-agent': 'stepnet' },
    signal,
    // Its own: the global agent may have a proxy.
    agent: isSecure ? new HttpsAgent() : new HttpAgent(),
    ...(isSecure ? { rejectUnauthorized: true } : {}),
  };
  return new Promise((resolve, reject) => {
    const request = (isSecure ? httpsRequest : httpRequest)(options);
    request.once('response', (response) => {
      // Whoever reads the response gets its errors; those that come when nobody does any more mean nothing.
      response.on('error', () => undefined);
      resolve(response);
    });
    request.on('error', reject);
    request.end();
  });
}
