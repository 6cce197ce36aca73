/** Runs of more turns than an execution's history holds: they go on in another execution, as one run. And runs that caps end. */
import { DescribeExecutionCommand, ListExecutionsCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KEYS } from '../../../../functions/contract/keys.ts';
import { runStatus } from '../../../../functions/schemas/documents.ts';
import { getDocument } from '../../../../functions/store/verified.ts';
import type { RunEvent } from '../../../../scripts/client/follow.ts';
import { describeCaps } from './caps-cases.ts';
import { RollingCloud } from './rolling-cloud.ts';

const TURNS = 3;
const JOB = { iterations: 20, evaluateEvery: 10, learningRate: 0.5, seed: 5 };
const IN_CHUNKS = { ...JOB, chunkIterations: 2 };

const rolling = new RollingCloud(TURNS);
let events: RunEvent[];

beforeAll(async () => {
  await rolling.start();
  events = await rolling.run('long', IN_CHUNKS);
});
afterAll(() => rolling.close());

const ofKind = <K extends RunEvent['kind']>(all: RunEvent[], kind: K) =>
  all.filter((event): event is Extract<RunEvent, { kind: K }> => event.kind === kind);

async function executions(): Promise<Record<string, string>> {
  const stateMachineArn = rolling.output('stateMachine');
  const { executions: all = [] } = await rolling.client.send(new ListExecutionsCommand({ stateMachineArn }));
  return Object.fromEntries(all.map(({ name, status }) => [name!, status!]));
}

describe('a run of ten chunks, four to an execution', () => {
  it('is followed over three executions to its promotion', async () => {
    expect(ofKind(events, 'continued').map(({ by }) => by)).toEqual(['long.1', 'long.2']);
    const end = ofKind(events, 'ended');
    expect(end).toHaveLength(1);
    expect(end[0]).toMatchObject({
      status: 'SUCCEEDED',
      output: { runId: 'long', step: 20, model: 'mnist', version: 1, promoted: true, stopped: null },
    });
    const steps = ofKind(events, 'progress').map(({ progress }) => progress.step);
    // Each execution begins with StartRun, which trains on where the one before has ended.
    expect(steps).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
    expect(await executions()).toMatchObject({
      long: 'SUCCEEDED',
      'long.1': 'SUCCEEDED',
      'long.2': 'SUCCEEDED',
    });
    const executionArn = `${rolling.output('stateMachine').replace(':stateMachine:', ':execution:')}:long`;
    const first = await rolling.client.send(new DescribeExecutionCommand({ executionArn }));
    expect(JSON.parse(first.output!)).toEqual({ runId: 'long', continuedBy: 'long.1' });
  });

  it('is one run for everybody who asks for runs, and its cost goes on counting', async () => {
    const { runs } = (await (await rolling.ask('/runs')).json()) as {
      runs: { runId: string }[];
    };
    expect(runs.map(({ runId }) => runId)).toEqual(['long']);
    const dollars = ofKind(events, 'progress').map(({ progress }) => progress.runDollars);
    expect(dollars.toSorted((a, b) => a - b)).toEqual(dollars);
    expect(new Set(dollars).size).toBe(dollars.length);
  });

  it('ends with the bytes of the run in one chunk', async () => {
    const whole = await rolling.run('whole', { ...JOB, chunkIterations: 20 });
    expect(ofKind(whole, 'continued')).toEqual([]);
    const [a, b] = await Promise.all(
      ['long', 'whole'].map((runId) => rolling.read(KEYS.checkpoint(runId, 20))),
    );
    expect(Buffer.compare(a!, b!)).toBe(0);
  });
});

describe('a run whose execution has ended without it', () => {
  it('goes on in an execution with the next number and the same config', async () => {
    const input = { ...IN_CHUNKS, seed: 6 };
    const executionArn = await rolling.begin('broken', input);
    await vi.waitUntil(() => rolling.read(KEYS.metrics('broken', 2)).catch(() => false), {
      timeout: 60_000,
      interval: 20,
    });
    await rolling.client.send(new StopExecutionCommand({ executionArn }));
    const again = await rolling.run('broken.7', input);
    expect(ofKind(again, 'progress')[0]!.progress.step).toBeGreaterThan(0);
    expect(ofKind(again, 'ended')[0]).toMatchObject({ status: 'SUCCEEDED', output: { runId: 'broken' } });
    expect(ofKind(again, 'continued')[0]).toMatchObject({ by: 'broken.8' });
  });

  it('does not go on with another config', async () => {
    const other = await rolling.run('long.9', { ...IN_CHUNKS, learningRate: 0.1 });
    expect(ofKind(other, 'ended')[0]).toMatchObject({
      status: 'FAILED',
      error: 'ConflictError',
      cause: expect.stringContaining('run long exists with another config'),
    });
    expect(await getDocument(rolling.store, runStatus, KEYS.status('long'))).toMatchObject({
      state: 'succeeded',
      version: 1,
    });
  });

  it('has no execution by a name that is none of a run', async () => {
    const other = await rolling.run('long.x', IN_CHUNKS);
    expect(ofKind(other, 'ended')[0]).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining('got \\"long.x\\", expected 1-72'),
    });
    expect(await getDocument(rolling.store, runStatus, KEYS.status('long'))).toMatchObject({
      state: 'succeeded',
      version: 1,
    });
  });
});

// Here, because a cloud with its dataset takes longer to start than these take.
describeCaps(rolling);
