/** GET /: the page, one document that asks the API for all it shows. Its sources are in client/. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { PAGE, SCRIPT_HASH, STYLE_HASH } from './bundle.ts';

/** Exactly the page's own script and style, WebAssembly for offline mode, and requests to this API. */
const POLICY = [
  "default-src 'none'",
  `script-src '${SCRIPT_HASH}' 'wasm-unsafe-eval'`,
  `style-src '${STYLE_HASH}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function renderPage(): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
    body: PAGE,
  };
}
