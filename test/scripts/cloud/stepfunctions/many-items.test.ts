/**
 * The synthesized state machines with as many items as they may have, most of which fail: the results of their Maps leave
 * the state through the bucket, or are small. Functions are stand-ins.
 */
import { describe, expect, inject, it } from 'vitest';
import { LIMITS, MAX_WORKERS } from '../../../../functions/contract/limits.ts';
import { MAX_FILES } from '../../../../functions/schemas/dataset.ts';
import { trainedPart } from '../../../../functions/schemas/payloads.ts';
import { MAX_SWEEP_CONFIGS } from '../../../../functions/schemas/sweep.ts';
import { readAssembly } from '../../../../scripts/cloud/assembly.ts';
import type { Outcome } from '../../../../scripts/cloud/lambda/container.ts';
import { describeResources } from '../../../../scripts/cloud/resources.ts';
import { StepFunctionsService } from '../../../../scripts/cloud/stepfunctions/service.ts';
import { ended, type Fields } from './stand.ts';

const { stateMachines, functions } = describeResources(readAssembly(inject('assembly')), {
  parameters: {},
  endpoint: 'http://127.0.0.1',
});
const nameOf = (arn: string) => /(\w+)Function/.exec(arn)![1]!;
const machineOf = (name: string) =>
  stateMachines.find((machine) => new RegExp(`-${name}[0-9A-F]{8}$`).test(machine.name))!;

// biome-ignore lint/suspicious/noExplicitAny: a test knows what it sends
type Event = any;
type Work = Record<string, (event: Event) => unknown>;
const failing = (errorType: string, errorMessage: string) => {
  throw Object.assign(new Error(errorMessage), { name: errorType });
};

/** Runs a machine on functions that answer as told. */
async function execute(machine: string, name: string, input: object, work: Work, items?: object[]) {
  const invoker = {
    has: (arn: string) => functions.some((fn) => fn.arn === arn),
    async invoke(arn: string, event: string): Promise<Outcome> {
      try {
        return { payload: JSON.stringify(work[nameOf(arn)]!(JSON.parse(event))) };
      } catch (error) {
        const { name: errorType, message: errorMessage } = error as Error;
        return { error: { errorType, errorMessage } };
      }
    },
  };
  const files = new Map<string, Event>();
  const service = new StepFunctionsService(
    [machineOf(machine)],
    invoker,
    async () => Buffer.from(JSON.stringify(items)),
    {
      writeObject: async (_bucket, key, body) => {
        files.set(key, JSON.parse(new TextDecoder().decode(body)));
      },
    },
  );
  const request = { stateMachineArn: machineOf(machine).arn, name, input: JSON.stringify(input) };
  const { executionArn } = service.call('StartExecution', request);
  return { ...(await ended(service, executionArn as string)), files };
}

/** Of the only Map Run: its files by name. */
function filesOf(files: Map<string, Event>, prefix: string): Record<string, Event> {
  return Object.fromEntries(
    [...files].map(([key, content]) => {
      const [, name] = /^[\da-f-]{36}\/(\w+\.json)$/.exec(key.slice(prefix.length))!;
      return [name, content];
    }),
  );
}

describe('a sweep of the most runs', () => {
  const ID = 's'.repeat(60);
  const RUNS = Array.from({ length: MAX_SWEEP_CONFIGS }, (_, index) => ({
    runId: `${ID}-${index}`,
    config: { layers: [784, 50, 10], learningRate: 0.1 + index, text: 'ü'.repeat(1000) },
    sweep: { id: ID, trial: index, rung: 0 },
    continueFrom: null,
  }));
  const rung = { rung: 0, runsKey: 'runs', runs: RUNS.length, done: false, best: null };
  const WORK: Work = {
    PlanSweep: () => ({
      sweepId: ID,
      config: { dataset: 'tiny' },
      files: [{ dataset: 'tiny', file: 'a' }],
      rung,
    }),
    ShardDataset: () => ({ dataset: 'tiny', manifestSha256: 'f'.repeat(64) }),
    RecordFailure: () => ({}),
    CollectSweep: () => ({
      ...rung,
      done: true,
      best: { runId: RUNS[7]!.runId, step: 1, checkpoint: {}, stopped: null },
    }),
    PromoteModel: ({ runId }) => ({ runId, promoted: true }),
  };

  it('ends as it should when nearly all of them fail, and says of each what it was', async () => {
    const StartRun = ({ runId, config }: Event) =>
      runId.endsWith('-7')
        ? { runId, step: 1, checkpoint: {}, done: true, stopped: null, text: config.text }
        : failing('TrainingDivergedError', 'loss is NaN '.repeat(100));
    const { status, output, files } = await execute('Sweep', ID, {}, { ...WORK, StartRun }, RUNS);
    expect({ status, output }).toEqual({
      status: 'SUCCEEDED',
      output: { runId: RUNS[7]!.runId, promoted: true },
    });
    const written = filesOf(files, `map-runs/sweeps/${ID}/`);
    expect(Object.keys(written).sort()).toEqual(['FAILED_0.json', 'SUCCEEDED_0.json', 'manifest.json']);
    expect(written['FAILED_0.json']).toHaveLength(MAX_SWEEP_CONFIGS - 1);
    expect(JSON.stringify(written).length).toBeGreaterThan(8 * LIMITS.stateBytes);
    expect(written['FAILED_0.json'][7]).toMatchObject({
      Status: 'FAILED',
      Error: 'TrainingDivergedError',
      Cause: expect.stringContaining('loss is NaN'),
      Input: expect.stringContaining(`"runId":"${ID}-8"`),
    });
  });
});

describe('a batch of many parts', () => {
  /** A million images; their answers alone are more than a state holds. */
  const PARTS = Array.from({ length: 10_000 }, (_, part) => ({
    batchId: 'b'.repeat(80),
    part,
    from: part * 100,
    to: (part + 1) * 100,
  }));
  const WORK: Work = {
    PlanBatch: () => ({ batchId: 'b', partsKey: 'parts', items: 1_000_000 }),
    PredictPart: ({ part }) => ({ part, predicted: 99, failed: 1 }),
    CollectBatch: () => 'collected',
  };

  it('is collected, and what the parts have answered stands in the bucket', async () => {
    const { status, output, files, cause } = await execute('Batch', 'b', {}, WORK, PARTS);
    expect({ status, output, cause }).toEqual({ status: 'SUCCEEDED', output: 'collected' });
    const written = filesOf(files, 'map-runs/batches/b/');
    const answers = written['SUCCEEDED_0.json'] as { Output: string; Name: string }[];
    expect(answers.map(({ Output }) => JSON.parse(Output).part)).toEqual(PARTS.map(({ part }) => part));
    expect(answers.map(({ Output }) => Output).join().length).toBeGreaterThan(LIMITS.stateBytes);
  });

  it('fails by a part, and its files tell of those that were not begun', async () => {
    const PredictPart = ({ part }: Event) =>
      part === 70 ? failing('IntegrityError', 'the checkpoint is another') : { part };
    const ending = await execute('Batch', 'b', {}, { ...WORK, PredictPart }, PARTS);
    expect(ending).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
    const written = filesOf(ending.files, 'map-runs/batches/b/');
    const [failed, pending, succeeded] = ['FAILED', 'PENDING', 'SUCCEEDED'].map(
      (kind) => written[`${kind}_0.json`] as Fields[],
    );
    expect(failed!.map(({ Error: error }) => error)).toContain('IntegrityError');
    expect(failed!.length + pending!.length + succeeded!.length).toBe(PARTS.length);
    expect(pending!.at(-1)).toEqual({
      Input: JSON.stringify(PARTS.at(-1)),
      InputDetails: { Included: true },
      Status: 'PENDING',
    });
  });
});

describe('a training run', () => {
  it('of the most files and workers passes no more between its states than it may', async () => {
    const long = 'r'.repeat(72);
    const file = { dataset: 'd'.repeat(63), file: 'f'.repeat(255), source: { key: 'k'.repeat(1024) } };
    const files = Array.from({ length: 2 * MAX_FILES }, () => file);
    const checkpoint = { key: `runs/${long}/checkpoints/99999999.safetensors`, sha256: 'f'.repeat(64) };
    const state = { runId: long, step: 1, checkpoint, best: null, runDollars: 1, loop: { turnsLeft: 9 } };
    const parts = Array.from({ length: MAX_WORKERS }, (_, worker) => ({ worker }));
    const WORK: Work = {
      ValidateConfig: () => ({ runId: long, config: { dataset: 'd' }, files }),
      ShardDataset: () => ({ manifestSha256: 'f'.repeat(64) }),
      StartRun: () => ({ ...state, done: false, stopped: null, parts }),
      TrainWorker: ({ worker }) =>
        trainedPart.parse({
          worker,
          sha256: 'f'.repeat(64),
          billedMs: 900_000,
          loadMs: 900_000,
          trainMs: 900_000,
          saveMs: 900_000,
          estimatedDollars: 1.23456e-10,
          dollars: 1.23456e-10,
        }),
      ReduceRound: ({ results }) => ({ ...state, done: true, stopped: null, workers: results.length }),
      PromoteModel: ({ runId }) => ({ runId }),
    };
    const { status, cause, output } = await execute('Training', long, {}, WORK);
    expect({ status, cause, output }).toEqual({ status: 'SUCCEEDED', output: { runId: long } });
  });

  it('whose files take more than an invocation has them downloaded in others, and goes on with the shards', async () => {
    const files = Array.from({ length: 2 * MAX_FILES }, (_, index) => ({ dataset: 'd', file: `${index}` }));
    const calls: [string, Event][] = [];
    const seen = (name: string, answer: (times: number) => unknown) => (event: Event) => {
      calls.push([name, event]);
      return answer(calls.filter(([other]) => other === name).length);
    };
    const unfinished = () => failing('DownloadUnfinishedError', 'more is left');
    const WORK: Work = {
      ValidateConfig: () => ({ runId: 'r', config: { dataset: 'd' }, files }),
      ShardDataset: seen('ShardDataset', (times) =>
        times === 1 ? unfinished() : { manifestSha256: 'f'.repeat(64) },
      ),
      DownloadDataset: seen('DownloadDataset', (times) => (times === 1 ? unfinished() : { files: [] })),
      StartRun: seen('StartRun', () => ({ runId: 'r', step: 1, checkpoint: {}, stopped: null, done: true })),
      PromoteModel: ({ runId }) => ({ runId }),
    };
    const { status, cause } = await execute('Training', 'r', {}, WORK);
    expect({ status, cause }).toEqual({ status: 'SUCCEEDED' });
    expect(calls.map(([name, event]) => [name, event.files?.length])).toEqual([
      ['ShardDataset', files.length],
      ['DownloadDataset', files.length],
      ['DownloadDataset', files.length],
      ['ShardDataset', files.length],
      ['StartRun', undefined],
    ]);
    expect(calls.at(-1)![1]).toMatchObject({ manifestSha256: 'f'.repeat(64) });
  });
});
