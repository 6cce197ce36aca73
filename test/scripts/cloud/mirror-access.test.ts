/** The deployed app's parameters decide which mirrors may be reached: whole runs through the local cloud. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import { OUTPUTS, PARAMETERS } from '../../../functions/contract/stacks.ts';
import { startExecution } from '../../../scripts/client/run.ts';
import { findTarget } from '../../../scripts/client/target.ts';
import { startLocalCloud } from '../../../scripts/cloud/cloud.ts';
import { startServer, type TestServer } from '../../functions/support/http-server.ts';
import { proofOnly } from '../../support/needs.ts';

let folder: string;
let target: TestServer;
let mirror: TestServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stepnet-mirror-access-'));
  target = await startServer((_request, response) => response.end('secret'));
  mirror = await startServer((request, response) =>
    response.writeHead(302, { location: `${target.url}${request.url!.slice(1)}` }).end(),
  );
});
afterEach(async () => {
  await Promise.all([target.close(), mirror.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a run that can't succeed. @returns why it failed, by its status */
async function failure(parameters: Record<string, string>): Promise<string> {
  const cloud = await startLocalCloud({
    assemblyDir: inject('assembly'),
    dataDir: folder,
    httpPort: 0,
    parameters,
  });
  try {
    const { client, output } = await findTarget({ stack: undefined, data: folder });
    const stateMachineArn = output(OUTPUTS.stateMachine);
    const executionArn = await startExecution({ client, stateMachineArn, name: 'run', input: {} });
    await vi.waitFor(
      async () => {
        const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
        expect(status).toBe('FAILED');
      },
      { timeout: 100_000, interval: 50 },
    );
    const { status } = (await (await fetch(`${cloud.endpoints.http}/runs/run`)).json()) as {
      status: { reason: string };
    };
    return status.reason;
  } finally {
    await cloud.close();
  }
}

it('by default an https mirror at a private address is refused before it is connected to', async () => {
  const { port } = new URL(mirror.url);
  const reason = await failure({ [PARAMETERS.datasetMirrors]: `https://localhost:${port}/` });
  expect(reason).toMatch(/localhost is at (127\.0\.0\.1|::1).*, expected a public address/);
  expect(mirror.requests).toEqual([]);
});

it('with access any a mirror still leads nowhere else that is private', proofOnly, async () => {
  const reason = await failure({
    [PARAMETERS.datasetMirrors]: mirror.url,
    [PARAMETERS.mirrorAccess]: 'any',
  });
  expect(reason).toContain('redirected to scheme http, expected https');
  expect(mirror.requests.length).toBeGreaterThan(0);
  expect(target.requests).toEqual([]);
});
