import { afterEach, expect, it } from 'vitest';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import { findUnfinishedRun, getJson } from '../../../scripts/client/unfinished.ts';
import { startServer, type TestServer } from '../../functions/support/http-server.ts';
import { DIGEST, someRunConfig } from '../../support/documents.ts';

const TIME = '2026-11-24T08:00:00Z';
const config = DEFAULT_JOB;

let server: TestServer | undefined;
afterEach(() => server?.close());

/** An endpoint that knows these runs, newest first. */
async function serve(runs: Record<string, { state: string; config: object | null }>): Promise<string> {
  server = await startServer((request, response) => {
    const id = request.url!.replace('/runs', '').slice(1);
    const status = (state: string) => ({ state, startedAt: TIME, updatedAt: TIME });
    const answer =
      id === ''
        ? { runs: Object.entries(runs).map(([runId, { state }]) => ({ runId, status: status(state) })) }
        : { config: runs[id]!.config };
    response.end(JSON.stringify(answer));
  });
  return server.url.slice(0, -1);
}

it('finds the newest run with this config that has not succeeded', async () => {
  const endpoint = await serve({
    done: { state: 'succeeded', config: someRunConfig() },
    early: { state: 'failed', config: null },
    other: { state: 'failed', config: someRunConfig({ config: { ...config, seed: 1 } }) },
    killed: { state: 'running', config: someRunConfig() },
    older: { state: 'failed', config: someRunConfig() },
  });
  expect(await findUnfinishedRun(endpoint, config)).toBe('killed');
});

it('finds the run whose sizes the dataset has said meanwhile', async () => {
  const endpoint = await serve({
    other: { state: 'failed', config: someRunConfig({ config: { ...config, layers: [784, 51, 10] } }) },
    killed: { state: 'running', config: someRunConfig() },
  });
  expect(await findUnfinishedRun(endpoint, { ...config, layers: [0, 50, 0] })).toBe('killed');
});

it('does not take an import for a training that could go on', async () => {
  const imported = { key: 'imports/import/weights.npz', sha256: DIGEST };
  const endpoint = await serve({
    import: { state: 'failed', config: someRunConfig({ totalSteps: 0, imported }) },
  });
  expect(await findUnfinishedRun(endpoint, config)).toBeUndefined();
});

it('asks again when a function died over its question, but not for ever, and not what was answered', async () => {
  const statuses = [500, 503, 200, 500, 500, 500, 404];
  server = await startServer((_, response) => {
    response.writeHead(statuses[requests.length - 1]!).end('{"runs":[]}');
  });
  const { requests } = server;
  const url = `${server.url}runs`;
  expect(await getJson(url)).toEqual({ runs: [] });
  expect(requests).toHaveLength(3);
  await expect(getJson(url)).rejects.toThrow(`GET ${url}: 500 {"runs":[]}`);
  expect(requests).toHaveLength(6);
  await expect(getJson(url)).rejects.toThrow(`GET ${url}: 404`);
  expect(requests).toHaveLength(7);
});
