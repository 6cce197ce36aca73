/** `npm run runs` as people run it, on a real S3 server that holds runs, and a state machine that waits. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { LOCAL_CREDENTIALS, publishCloud } from '../../../scripts/cloud/connection.ts';
import { LOCAL_REGION } from '../../../scripts/cloud/intrinsics.ts';
import { type S3Server, startS3Server } from '../../../scripts/cloud/s3/server.ts';
import {
  type StepFunctionsServer,
  startStepFunctionsServer,
} from '../../../scripts/cloud/stepfunctions/server.ts';
import type { StepFunctionsService } from '../../../scripts/cloud/stepfunctions/service.ts';
import { tinyRuns } from '../../functions/support/tiny-run.ts';
import { MACHINE, machineOf, serviceOf } from '../cloud/stepfunctions/stand.ts';
import { outcome, run } from '../command.ts';

let folder: string;
let s3: S3Server;
let service: StepFunctionsService;
let server: StepFunctionsServer;

const begin = (name: string) =>
  service.call('StartExecution', { stateMachineArn: MACHINE, name, input: '{}' }).executionArn as string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stepnet-runs-'));
  s3 = await startS3Server({ file: join(folder, 's3.sqlite') });
  s3.createBucket('runs');
  const { endpoint } = s3;
  const connection = { endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
  const { prepare, start, trained, release } = tinyRuns(createS3Store('runs', connection));
  await prepare();
  await release('good');
  await trained('weak', { iterations: 1, learningRate: 0.01 });
  await start('begun');
  await start('left', { seed: 7 });
  service = serviceOf(machineOf({ Rest: { Type: 'Wait', Seconds: 100_000, End: true } }));
  server = await startStepFunctionsServer(service);
  publishCloud(folder, {
    endpoints: { s3: endpoint, stepFunctions: server.endpoint, http: endpoint },
    outputs: { training: { [OUTPUTS.bucket]: 'runs', [OUTPUTS.stateMachine]: MACHINE } },
  });
});
afterAll(async () => {
  await server?.close();
  await s3?.close();
  rmSync(folder, { recursive: true, force: true });
});

const runs = (...args: string[]) => outcome('commands/runs.ts', [...args, '--data', folder]);
const cells = (line: string) => line.trim().split(/ {2,}/);

describe('npm run runs', () => {
  it('lists the runs with what differs, and which of them somebody works on', async () => {
    begin('begun.2');
    const listed = await runs('list');
    expect(listed).toMatchObject({ code: 0, error: '' });
    const [head, ...rows] = listed.out.trimEnd().split('\n').map(cells);
    expect(head).toEqual([
      'run',
      'started',
      'state',
      'step',
      'test acc',
      'test loss',
      'became',
      'iterations',
      'learningRate',
      'seed',
    ]);
    const byId = new Map(rows.map(([id, _started, ...row]) => [id, row]));
    expect(byId.get('good')).toEqual([
      ...['succeeded', '30', '1.0000', expect.any(String), 'mnist 1'],
      ...['30', '0.5', '0'],
    ]);
    expect(byId.get('weak')).toEqual(expect.arrayContaining(['stopped', '1', '0.01']));
    expect(byId.get('begun')!.slice(0, 2)).toEqual(['running', '0']);
    expect(byId.get('left')!.slice(0, 2)).toEqual(['stopped', '0']);
    expect(JSON.parse((await runs('list', '--limit', '2', '--json')).out)).toHaveLength(2);
  });

  it('shows one with its evaluations, as text and as JSON', async () => {
    const { out } = await runs('show', 'good');
    expect(out).toMatch(/^good: succeeded\nstarted .*\nbecame mnist 1\nconfig: .*learningRate 0\.5/);
    expect(cells(out.trimEnd().split('\n').at(-1)!).slice(0, 2)).toEqual(['5.00', '30']);
    const shown = JSON.parse((await runs('show', 'good', '--json')).out);
    expect(shown).toMatchObject({ runId: 'good', state: 'succeeded', status: { version: 1 } });
    expect(shown.evaluations.at(-1)).toMatchObject({ step: 30, testAccuracy: 1 });
  });

  it('compares, the best first', async () => {
    const ids = ['left', 'weak', 'good'];
    const { out } = await runs('compare', ...ids);
    const compared = JSON.parse((await runs('compare', ...ids, '--json')).out) as {
      runId: string;
      evaluated: { testAccuracy: number };
    }[];
    const accuracies = compared.map(({ evaluated }) => evaluated.testAccuracy);
    expect(accuracies).toEqual(accuracies.toSorted((a, b) => b - a));
    expect(compared[0]!.runId).toBe('good');
    const lines = out.trimEnd().split('\n').slice(1);
    expect(lines.map((line) => cells(line)[0])).toEqual(compared.map(({ runId }) => runId));
  });

  it('follows one, which goes on when the command is left, and stops it', async () => {
    const executionArn = begin('left');
    const followed = run('commands/runs.ts', ['follow', 'left', '--data', folder]);
    await followed.printed(/run left goes on/);
    process.kill(followed.process.pid!, 'SIGINT');
    expect(await followed.exit).toBe(130);
    expect(followed.stdout).toContain(
      `\nrun left goes on; npm run runs -- stop left --data ${folder} ends it`,
    );
    expect(service.call('DescribeExecution', { executionArn })).toMatchObject({ status: 'RUNNING' });
    const stopped = await runs('stop', 'left');
    expect(stopped.out).toBe(
      `run left is stopped; npm run train -- --name left.1 --data ${folder} with the same config goes on with it\n`,
    );
    expect(service.call('DescribeExecution', { executionArn })).toMatchObject({ status: 'ABORTED' });
    expect((await runs('stop', 'left')).error).toBe('no execution works on run left\n');
    // The next name that is free, and not one that was stopped before.
    begin('left.1');
    const second = JSON.parse((await runs('stop', 'left', '--json')).out) as object;
    expect(second).toEqual({ runId: 'left', stopped: ['left.1'], next: 'left.2' });
  });

  it.each([
    [['list', 'x'], 2, 'npm run runs -- COMMAND'],
    [['compare', 'good'], 2, 'npm run runs -- COMMAND'],
    [['show', 'nobody'], 1, 'there is no run nobody'],
    [['show', 'a b'], 2, 'RUN: got "a b", expected 1-80 of A-Z a-z 0-9 _ -'],
    [['stop', 'good', '--json'], 1, 'no execution works on run good'],
    [['show', 'good', '--limit', '3'], 2, '--limit: goes with list'],
    [['list', '--limit', '0'], 2, '--limit: got "0"'],
  ])('refuses %j', async (args, code, message) => {
    const refused = await runs(...args);
    expect(refused).toMatchObject({ code, out: '' });
    expect(refused.error).toContain(message);
  });
});
