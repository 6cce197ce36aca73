import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { jobConfigSchema } from '../../../functions/schemas/config.ts';
import { findUnfinishedRun, getJson } from '../../../scripts/client/unfinished.ts';

const TIME = '2026-11-24T08:00:00Z';
const SHA256 = '0'.repeat(64);
const config = jobConfigSchema.parse({});
const runConfig = (more: object) => ({
  formatVersion: 1,
  runId: 'run',
  config,
  configHash: SHA256,
  manifestSha256: SHA256,
  trainSize: 60_000,
  testSize: 10_000,
  stepsPerEpoch: 600,
  totalSteps: 10_000,
  chunkSteps: 600,
  evaluateEverySteps: 600,
  ...more,
});

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** An endpoint that knows these runs, newest first. */
async function serve(runs: Record<string, { state: string; config: object | null }>): Promise<string> {
  server = createServer((request, response) => {
    const id = request.url!.replace('/runs', '').slice(1);
    const status = (state: string) => ({ state, startedAt: TIME, updatedAt: TIME });
    const answer =
      id === ''
        ? { runs: Object.entries(runs).map(([runId, { state }]) => ({ runId, status: status(state) })) }
        : { config: runs[id]!.config };
    response.end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('finds the newest run with this config that has not succeeded', async () => {
  const endpoint = await serve({
    done: { state: 'succeeded', config: runConfig({}) },
    early: { state: 'failed', config: null },
    other: { state: 'failed', config: runConfig({ config: { ...config, seed: 1 } }) },
    killed: { state: 'running', config: runConfig({}) },
    older: { state: 'failed', config: runConfig({}) },
  });
  expect(await findUnfinishedRun(endpoint, config)).toBe('killed');
});

it('does not take an import for a training that could go on', async () => {
  const imported = { key: 'imports/import/weights.npz', sha256: SHA256 };
  const endpoint = await serve({
    import: { state: 'failed', config: runConfig({ totalSteps: 0, imported }) },
  });
  expect(await findUnfinishedRun(endpoint, config)).toBeUndefined();
});

it('asks again when a function died over its question, but not for ever, and not what was answered', async () => {
  const statuses = [500, 503, 200, 500, 500, 500, 404];
  let asked = 0;
  server = createServer((_, response) => {
    response.writeHead(statuses[asked++]!).end('{"runs":[]}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/runs`;
  expect(await getJson(url)).toEqual({ runs: [] });
  expect(asked).toBe(3);
  await expect(getJson(url)).rejects.toThrow(`GET ${url}: 500 {"runs":[]}`);
  expect(asked).toBe(6);
  await expect(getJson(url)).rejects.toThrow(`GET ${url}: 404`);
  expect(asked).toBe(7);
});
