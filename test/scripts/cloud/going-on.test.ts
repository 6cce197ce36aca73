/** The process of the local cloud is killed in the middle of a sweep, and the next one goes on with it. */
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DescribeExecutionCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { sweepRun } from '../../../functions/schemas/sweep.ts';
import type { ObjectStore } from '../../../functions/store/object-store.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { getDocument } from '../../../functions/store/verified.ts';
import { eventsSince } from '../../../scripts/client/follow.ts';
import { startExecution } from '../../../scripts/client/run.ts';
import { findTarget } from '../../../scripts/client/target.ts';
import { type Command, run } from '../command.ts';

const STEPS = 120;
const SWEEP = {
  config: { iterations: STEPS, chunkIterations: 10, evaluateEvery: STEPS },
  grid: { learningRate: [0.05, 0.1, 0.2] },
};

async function serve(data: string): Promise<Command> {
  const command = run('commands/start.ts', ['--serve', '--data', data, '--port', '0']);
  onTestFinished(async () => {
    command.process.kill('SIGKILL');
    await command.exit;
  });
  await command.printed(/^serving on /m);
  return command;
}

/** SHA-256 of the last checkpoints of the sweep's runs. */
async function lastCheckpoints(store: ObjectStore): Promise<string[]> {
  const runs = await getDocument(store, sweepRun.array(), KEYS.sweepRuns('sweep', 0));
  const checkpoints = runs.map(({ runId }) => store.get(KEYS.checkpoint(runId, STEPS)));
  return (await Promise.all(checkpoints)).map((object) => sha256(object!.body));
}

/** Runs the sweep to its end, on a cloud that is killed when so many chunks have been trained; 0 for never. */
async function sweep(killAfter: number) {
  const data = mkdtempSync(join(tmpdir(), 'stepnet-going-on-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  cpSync(dirname(inject('assembly')), data, { recursive: true });
  copyFileSync(inject('mnistStore'), join(data, 's3.sqlite'));
  let cloud = await serve(data);
  let target = await findTarget({ data }, 'sweep');
  const stateMachineArn = target.output(OUTPUTS.sweepStateMachine);
  const request = { client: target.client, stateMachineArn, name: 'sweep', input: SWEEP };
  const executionArn = await startExecution(request);
  if (killAfter > 0) {
    const isTrained = async () => {
      const keys = await target.store().list('runs/');
      return keys.filter((key) => key.includes('/checkpoints/')).length >= killAfter;
    };
    await vi.waitUntil(isTrained, { timeout: 60_000, interval: 5 });
    cloud.process.kill('SIGKILL');
    expect(await cloud.exit).toBe('SIGKILL');
    target.client.destroy();
    cloud = await serve(data);
    expect(cloud.stdout).toMatch(/^going on where they were: sweep$/m);
    target = await findTarget({ data }, 'sweep');
  }
  const { client } = target;
  const execution = await vi.waitUntil(
    async () => {
      const described = await client.send(new DescribeExecutionCommand({ executionArn }));
      return described.status !== 'RUNNING' && described;
    },
    { timeout: 150_000, interval: 50 },
  );
  expect(execution).toMatchObject({ status: 'SUCCEEDED' });
  const events = await eventsSince(client, executionArn, 0);
  const [mapRunArn, ...others] = events.flatMap(
    ({ mapRunStartedEventDetails: started }) => started?.mapRunArn ?? [],
  );
  expect(others).toEqual([]);
  const { executions: children } = await client.send(new ListExecutionsCommand({ mapRunArn }));
  const checkpoints = await lastCheckpoints(target.store());
  client.destroy();
  return {
    types: events.map(({ type }) => type),
    children: children!.map(({ status }) => status),
    checkpoints,
  };
}

it('a sweep goes on in its execution and in those of its runs, with the same bytes', {
  timeout: 240_000,
}, async () => {
  const undisturbed = await sweep(0);
  expect(undisturbed.children).toEqual(Array(3).fill('SUCCEEDED'));
  expect(new Set(undisturbed.checkpoints).size).toBe(3);
  expect(await sweep(9)).toEqual(undisturbed);
});
