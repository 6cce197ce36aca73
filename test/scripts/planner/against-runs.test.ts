/**
 * What is planned beside what is done: small jobs in the local cloud, whose requests, transitions and invocations must be
 * those of the plan. Times never are asserted.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { rebuildIndex } from '../../../functions/run-index/fold.ts';
import { DEFAULT_JOB, type JobConfig } from '../../../functions/schemas/config.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import { readPrices } from '../../../functions/schemas/prices.ts';
import { findDocument } from '../../../functions/store/verified.ts';
import { showExecution, startExecution } from '../../../scripts/client/run.ts';
import type { CloudCall } from '../../../scripts/cloud/iam/authorizer.ts';
import { compare } from '../../../scripts/planner/compare.ts';
import { jobOf, sizeFromManifest } from '../../../scripts/planner/describe-job.ts';
import { estimate } from '../../../scripts/planner/model.ts';
import { localCloud } from '../../../scripts/planner/platform.ts';
import { findRecord, readHistory, readRecord } from '../../../scripts/planner/record.ts';
import type { State, Structure } from '../../../scripts/planner/structure.ts';
import { uploadTiny } from '../../functions/support/tiny-dataset.ts';
import { isProof, proofOnly } from '../../support/needs.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { run as command } from '../command.ts';
import { possible, SPEED } from './jobs.ts';

let calls: CloudCall[] = [];
const app = useCloud({ onCall: (call) => calls.push(call) });

interface Done {
  /** Requests to S3 by state. */
  requests: Record<string, { s3Reads: number; s3Writes: number }>;
  invocations: Record<string, number>;
}

const FUNCTIONS: Partial<Record<State, string>> = {
  ValidateConfig: 'ValidateConfigFunction',
  ShardDataset: 'ShardDatasetFunction',
  StartRun: 'StartRunFunction',
  TrainChunk: 'TrainChunkFunction',
  TrainWorker: 'TrainWorkerFunction',
  ReduceRound: 'ReduceRoundFunction',
  PromoteModel: 'PromoteModelFunction',
};

const ROWS = { train: 6000, test: 600 };
/** The manifest, and a shard of each split. */
const DATASET_READS = 1 + 2;
/** The textbook's, on a dataset of that size. */
let base: JobConfig;

async function run(name: string, more: Partial<JobConfig>): Promise<Done> {
  const input = { ...base, ...more };
  calls = [];
  const before = app.cloud.functionStats();
  const request = { client: app.client, stateMachineArn: app.output('stateMachine'), name, input };
  await showExecution(request.client, await startExecution(request), input);
  const done: Done = { requests: {}, invocations: {} };
  for (const [state, fn] of Object.entries(FUNCTIONS)) {
    const of = (stats: typeof before) => stats.find((one) => one.name.includes(`-${fn}`))!.invocations;
    done.invocations[state] = of(app.cloud.functionStats()) - of(before);
    done.requests[state] = requestsOf(calls.filter(({ caller }) => caller.includes(`-${fn}`)));
  }
  return done;
}

/**
 * Where an object is absent, the authorizer asks for the right to list, too, in vain and with the key as the prefix: no
 * request.
 */
function requestsOf(own: readonly CloudCall[]): { s3Reads: number; s3Writes: number } {
  const keys = own.filter(({ action }) => action === 's3:GetObject').map(({ resource }) => resource);
  const lists = own.filter(({ action, context }) => {
    const prefix = context['s3:prefix'];
    return (
      action === 's3:ListBucket' && prefix !== undefined && !keys.some((key) => key.endsWith(`/${prefix}`))
    );
  });
  const puts = own.filter(({ action }) => action === 's3:PutObject');
  return { s3Reads: keys.length, s3Writes: puts.length + lists.length };
}

async function planned(config: Partial<JobConfig>, versions: number) {
  const manifest = await findDocument(app.store, datasetManifest, KEYS.manifest('tiny'));
  const job = jobOf({ ...base, ...config }, sizeFromManifest(manifest!), versions);
  const question = { job, speed: SPEED, platform: localCloud(2), prices: readPrices(), memoryMb: 1769 };
  return possible(estimate(question));
}

const requestsIn = ({ uses }: Structure, state: State) => {
  const { s3Reads, s3Writes } = uses[state];
  return { s3Reads, s3Writes };
};

/** Epochs of 60 steps, and so a checkpoint inside the second chunk. */
const FIRST = { iterations: 200, chunkIterations: 50, evaluateEvery: 20 };
const ROUNDS = { iterations: 45, workers: 2, localIterations: 10, evaluateEvery: 20 };
const SECOND = { iterations: 40, chunkIterations: 20, evaluateEvery: 40, promotion: { tolerance: 1 } };
let first: Done;
let second: Done;
let rounds: Done;
beforeAll(async () => {
  base = { ...DEFAULT_JOB, ...(await uploadTiny(app.store, ROWS)), batchSize: 100 };
  // The first run of a bucket makes the index of runs besides.
  await rebuildIndex(app.store, new Date());
  first = await run('first', FIRST);
  second = await run('second', SECOND);
  if (isProof) rounds = await run('rounds', ROUNDS);
});

describe('a sequential run', () => {
  it('invokes what is planned', async () => {
    for (const [done, config] of [
      [first, FIRST],
      [second, SECOND],
      ...(isProof ? ([[rounds, ROUNDS]] as const) : []),
    ] as const) {
      const { structure } = await planned(config, 0);
      for (const state of Object.keys(FUNCTIONS) as State[]) {
        expect([state, done.invocations[state]]).toEqual([state, structure.uses[state].invocations]);
      }
    }
  });

  it('asks S3 for what is planned, in new containers', async () => {
    const { structure } = await planned(FIRST, 0);
    for (const state of ['ValidateConfig', 'StartRun', 'TrainChunk', 'PromoteModel'] as const) {
      expect([state, first.requests[state]]).toEqual([state, requestsIn(structure, state)]);
    }
  });

  it('asks for the dataset no more in containers that hold it, nor for files that are there', async () => {
    const { structure } = await planned(SECOND, 1);
    for (const state of ['ValidateConfig', 'ShardDataset', 'PromoteModel'] as const) {
      expect([state, second.requests[state]]).toEqual([state, requestsIn(structure, state)]);
    }
    for (const state of ['StartRun', 'TrainChunk'] as const) {
      const { s3Reads, s3Writes } = requestsIn(structure, state);
      expect([state, second.requests[state]]).toEqual([
        state,
        { s3Reads: s3Reads - DATASET_READS, s3Writes },
      ]);
    }
  });

  it('records what is planned, wherever that is no time', async () => {
    const record = await readRecord(app.store, 'first', readPrices());
    expect(record!.memoryMb).toBe(1769);
    const history = await readHistory(app.client, app.output('stateMachine'), 'first');
    const figures = compare(await planned(FIRST, 0), record!, history);
    const counts = figures.filter(({ what }) => !/seconds|dollars|ms/.test(what));
    expect(counts.map(({ what }) => what)).toEqual([
      'invocations that wrote metrics',
      'evaluations',
      'executions',
      'state transitions',
      'invocations',
      'S3 reads of those',
      'S3 writes of those',
    ]);
    for (const { what, estimated, recorded } of counts) expect([what, recorded]).toEqual([what, estimated]);
    for (const { recorded } of figures) expect(recorded).toBeGreaterThan(0);
  });

  it('is found by those who plan another of its shape', async () => {
    const { store } = app;
    const found = await findRecord(store, base, readPrices());
    expect(found!.run.runId).toBe('second');
    expect((await findRecord(store, base, readPrices(), 'second'))!.run.runId).toBe('first');
    expect(await findRecord(store, { ...base, batchSize: 99 }, readPrices())).toBeUndefined();
    expect(await findRecord(store, { ...base, augmentation: { flip: true } }, readPrices())).toBeUndefined();
  });
});

describe('a data-parallel run', proofOnly, () => {
  it('asks S3 for what is planned, where workers had a container each', async () => {
    const { structure } = await planned(ROUNDS, 2);
    expect(structure).toMatchObject({ rounds: 3, evaluations: 3 });
    for (const state of ['ReduceRound', 'PromoteModel'] as const) {
      expect([state, rounds.requests[state]]).toEqual([state, requestsIn(structure, state)]);
    }
    // A worker may be through before the next one begins, which then has its container and the dataset in it.
    const { s3Reads, s3Writes } = requestsIn(structure, 'TrainWorker');
    expect(rounds.requests.TrainWorker!.s3Writes).toBe(s3Writes);
    expect([s3Reads, s3Reads - DATASET_READS]).toContain(rounds.requests.TrainWorker!.s3Reads);
  });

  it('records what is planned, wherever that is no time', async () => {
    const record = await readRecord(app.store, 'rounds', readPrices());
    const history = await readHistory(app.client, app.output('stateMachine'), 'rounds');
    const figures = compare(await planned(ROUNDS, 2), record!, history);
    const counts = figures.filter(({ what }) => !/seconds|dollars|ms|S3/.test(what));
    expect(counts).toHaveLength(5);
    for (const { what, estimated, recorded } of counts) expect([what, recorded]).toEqual([what, estimated]);
  });
});

describe('npm run plan', () => {
  const planning = (...args: string[]) => command('commands/plan.ts', ['--data', app.folder, ...args]);

  it('shows an estimate for each memory and number of workers, and the run beside its record', async () => {
    const plan = planning('--run', 'first', '--memory', '1769,3538', '--workers', '1,2');
    expect([await plan.exit, plan.stderr]).toEqual([0, '']);
    expect(plan.stdout).toMatch(/^9-3 \(30 parameters\) on tiny: 200 steps of 100 samples/);
    expect(plan.stdout).toMatch(/speed: [\d,]+ samples\/s with 1769 MB, by run second;/);
    expect(plan.stdout).toMatch(/\n1769 +1 +1 +\S+ \S+ +\$\S+ +4 +- /);
    expect(plan.stdout).toMatch(/\ncheapest: \d+ MB, /);
    expect(plan.stdout).toMatch(/\nrun first in the local cloud:\n/);
    expect(plan.stdout).toMatch(/\n *state transitions +11 +11 +1\.00/);
  });

  it('says the same as JSON', proofOnly, async () => {
    const config = join(app.folder, 'config.json');
    writeFileSync(config, JSON.stringify({ ...base, iterations: 1000 }));
    const plan = planning('--config', config, '--json', '--memory', '1769', '--workers', '1');
    expect([await plan.exit, plan.stderr]).toEqual([0, '']);
    const answer = JSON.parse(plan.stdout);
    expect(answer.answers).toHaveLength(1);
    expect(answer.cheapest).toMatchObject({ memoryMb: 1769, workers: 1, structure: { chunks: 1 } });
    expect(answer.speed.from).toMatchObject({ kind: 'run', runId: 'second' });
  });

  it.each([
    [['--run', 'none'], 'there is no run none that has recorded anything', 1],
    [['--workers', 'few'], '--workers: got "few", expected a whole number from 1 to 1000', 2],
  ])('%j fails', async (args, message, code) => {
    const plan = planning(...args);
    expect([await plan.exit, plan.stderr.trim()]).toEqual([code, message]);
  });
});
