/** GET /: the page, one document that asks the API for all it shows. Its sources are in client/. */
import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ApiAuth } from '../auth.ts';
import { PAGE, SCRIPT_HASH, STYLE_HASH } from './bundle.ts';

/**
 * Exactly the page's own script and style, and requests to this API.
 *
 * @param login where the page gets a token for who has signed in
 */
const policy = (login: string | undefined): string =>
  [
    "default-src 'none'",
    `script-src '${SCRIPT_HASH}'`,
    `style-src '${STYLE_HASH}'`,
    `connect-src 'self'${login === undefined ? '' : ` ${login}`}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Where the page finds out where people sign in; without that, who has a token pastes it. */
const ROOT = '<html lang="en"';

/** Or nothing but its headers, for who has this very page already. */
export function renderPage(
  { headers: asked }: APIGatewayProxyEventV2,
  auth: ApiAuth,
): APIGatewayProxyStructuredResultV2 {
  const login = auth.kind === 'jwt' ? auth.login : undefined;
  const data =
    auth.kind === 'jwt' && login !== undefined
      ? ` data-login="${quoted(login)}" data-client="${quoted(auth.audience[0]!)}"`
      : '';
  const body = PAGE.replace(ROOT, () => `${ROOT}${data}`);
  // Weak, since the same page goes out as it is and as gzip.
  const etag = `W/"${createHash('sha256').update(body).digest('base64url')}"`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    // Kept, and asked about each time: a page that is older than its API might read its answers wrongly.
    'cache-control': 'no-cache',
    etag,
    vary: 'accept-encoding',
    'content-security-policy': policy(login),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
  const isKnown = (asked['if-none-match'] ?? '').split(/\s*,\s*/).includes(etag);
  return isKnown ? { statusCode: 304, headers } : { statusCode: 200, headers, body };
}

/** As a quoted attribute has it. */
const quoted = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
