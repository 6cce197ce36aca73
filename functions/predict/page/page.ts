/** GET /: what is served here and how to call it, as one page without scripts or outside resources. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ROUTES } from '../../shared/contract.ts';
import type { LoadedModel } from '../model-cache.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 44rem; padding: 0 1rem; }
pre, code { font: 0.9em/1.4 ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid #8886; border-radius: 6px; }
td { padding: 0.15rem 1.5rem 0.15rem 0; vertical-align: top; }
`;

/** @param model the newest promoted model; undefined while there is none */
export function renderPage(model: LoadedModel | undefined): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
      'x-content-type-options': 'nosniff',
    },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>stepnet</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<h1>stepnet</h1>
${model === undefined ? '<p>No model has been promoted yet.</p>' : describe(model)}
<h2>Call it</h2>
<pre>curl -s <i>endpoint</i>/predict -H 'content-type: application/json' -d '{"pixels": [784 numbers from 0 to 255]}'</pre>
<table>
${ROUTES.map(({ method, path }) => `<tr><td><code>${method}</code></td><td><code>${escapeHtml(path)}</code></td></tr>`).join('\n')}
</table>
</body>
</html>
`,
  };
}

function describe({ name, version, document, network }: LoadedModel): string {
  const accuracy = document.metrics.testAccuracy;
  const rows = [
    ['model', `${name}, version ${version}`],
    ['layers', network.architecture.layers.join(' – ')],
    ['test accuracy', accuracy === null ? 'not measured' : accuracy.toFixed(4)],
    ['run', document.runId],
    ['promoted', document.promotedAt],
    ['checkpoint', document.checkpoint.sha256],
  ];
  return `<table>\n${rows
    .map(([label, value]) => `<tr><td>${label}</td><td>${escapeHtml(value!)}</td></tr>`)
    .join('\n')}\n</table>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
