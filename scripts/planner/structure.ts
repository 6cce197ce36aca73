/**
 * What a run consists of, counted: chunks or rounds, evaluations, executions, state transitions, invocations and requests
 * to S3. Exact for a run that nothing ends early and nothing is tried again in; a test compares it with runs of the local
 * cloud. Retries, caps, early stopping and chunks that the function's timeout cuts change it.
 */
import type { Workers } from '../../core/training/rounds.ts';
import { ROUNDS_PER_EXECUTION, TURNS_PER_EXECUTION } from '../../functions/contract/limits.ts';
import { keepBytesOf } from '../../functions/run/memory.ts';
import type { Job } from './job.ts';

/** What is invoked, by state. */
export const STATES = [
  'ValidateConfig',
  'DownloadFile',
  'ShardDataset',
  'StartRun',
  'TrainChunk',
  'TrainWorker',
  'ReduceRound',
  'PromoteModel',
] as const;
export type State = (typeof STATES)[number];

/** One state's function over the whole run. */
export interface Uses {
  invocations: number;
  /** Containers that are started, one after the other's first: each reads the dataset that its function holds. */
  containers: number;
  s3Reads: number;
  /** PUT and LIST. */
  s3Writes: number;
}

export interface Structure {
  /** TrainChunk's invocations; 0 where there are rounds. */
  chunks: number;
  rounds: number;
  /** On the way; the one before the first step is StartRun's and not among them. */
  evaluations: number;
  /** Executions that the run takes, each going on where the one before it left off. */
  executions: number;
  transitions: number;
  uses: Record<State, Uses>;
}

/** ValidateConfig, DownloadDataset, ShardDataset, StartRun and TrainingDone. */
const PREPARING = 5;
/** TrainChunk and TrainingDone. */
const PER_CHUNK = 2;
/** ContinueRun and RunContinues. */
const CONTINUING = 2;
/** DownloadFile's at once: infra/workflow-states.ts. */
const DOWNLOADS_AT_ONCE = 4;

/** TrainRound, ReduceRound and TrainingDone; of a worker that its execution is started, and TrainWorker. */
const PER_ROUND = 3;
const PER_WORKER = 2;
const NOTHING: Uses = { invocations: 0, containers: 0, s3Reads: 0, s3Writes: 0 };

/** Whole numbers up to `total` that are multiples of `every` or `total` itself: when something that recurs happens. */
const timesEvery = (every: number, total: number): number => Math.ceil(total / every);

/**
 * @param memoryMb of the functions that train: what it keeps of a dataset that is streamed is read once
 * @param atOnce workers at a time
 */
export function structureOf(job: Job, memoryMb: number, atOnce: number): Structure {
  return job.rounds === undefined ? inChunks(job, memoryMb) : inRounds(job, job.rounds, atOnce);
}

function inChunks(job: Job, memoryMb: number): Structure {
  const { totalSteps: total, chunkSteps, evaluateEverySteps, trainShards, testShards } = job;
  const chunks = timesEvery(chunkSteps, total);
  const evaluations = timesEvery(evaluateEverySteps, total);
  // A chunk's end that is evaluated is one document.
  const both = timesEvery(leastCommonMultiple(chunkSteps, evaluateEverySteps), total);
  const executions = Math.max(1, Math.ceil(chunks / TURNS_PER_EXECUTION));
  const dataset = job.streamed
    ? chunks + shardReads(job, memoryMb, timesEvery(job.stepsPerEpoch, total), evaluations)
    : 1 + trainShards + testShards;
  return {
    chunks,
    rounds: 0,
    evaluations,
    executions,
    transitions: preparing(job, executions) + chunks * PER_CHUNK + PROMOTING,
    uses: {
      ...prepared(job, executions),
      // Config and checkpoint in; checkpoint and metrics out.
      TrainChunk: {
        invocations: chunks,
        containers: 1,
        s3Reads: chunks * 2 + dataset,
        s3Writes: chunks + (chunks + evaluations - both),
      },
      TrainWorker: NOTHING,
      ReduceRound: NOTHING,
    },
  };
}

/**
 * Shards that a container reads which streams them: exact where it keeps all, else about, because a group of shards that
 * two chunks share is read by both.
 *
 * @param epochs passes over the training set
 */
function shardReads(job: Job, memoryMb: number, epochs: number, evaluations: number): number {
  const { trainShards, testShards, datasetBytes } = job;
  const shards = trainShards + testShards;
  const kept = Math.min(shards, Math.floor((keepBytesOf(memoryMb) / datasetBytes) * shards));
  const keptOfTrain = Math.min(kept, trainShards);
  return (
    kept +
    (trainShards - keptOfTrain) * (epochs + evaluations) +
    (testShards - (kept - keptOfTrain)) * evaluations
  );
}

function inRounds(job: Job, { workers, localIterations }: Workers, atOnce: number): Structure {
  const { totalSteps: total, evaluateEverySteps, streamed } = job;
  const perRound = workers * localIterations;
  const rounds = timesEvery(perRound, total);
  const evaluations = timesEvery(evaluateEverySteps, total);
  const lastWorkers = Math.min(workers, total - (rounds - 1) * perRound);
  const parts = (rounds - 1) * workers + lastWorkers;
  const containers = Math.min(atOnce, rounds > 1 ? workers : lastWorkers);
  const executions = Math.max(1, Math.ceil(rounds / ROUNDS_PER_EXECUTION));
  const shards = job.trainShards + job.testShards;
  // Streamed parts have neighbouring steps, which together read each shard about once an epoch.
  const trained = streamed
    ? parts + timesEvery(job.stepsPerEpoch, total) * job.trainShards
    : containers * (1 + shards);
  const evaluated = streamed ? evaluations * (1 + shards) : 1 + shards;
  return {
    chunks: 0,
    rounds,
    evaluations,
    executions,
    transitions: preparing(job, executions) + rounds * PER_ROUND + parts * PER_WORKER + PROMOTING,
    uses: {
      ...prepared(job, executions),
      TrainChunk: NOTHING,
      // Config and checkpoint.
      TrainWorker: { invocations: parts, containers, s3Reads: parts * 2 + trained, s3Writes: parts },
      // Config and parts; checkpoint and metrics.
      ReduceRound: {
        invocations: rounds,
        containers: 1,
        s3Reads: rounds + parts + evaluated,
        s3Writes: rounds * 2,
      },
    },
  };
}

const PROMOTING = 1;

/** States outside of the loop. */
function preparing(job: Job, executions: number): number {
  return executions * (PREPARING + job.files) + (executions - 1) * CONTINUING;
}

/** Of a dataset that is in the bucket already. */
function prepared(
  job: Job,
  executions: number,
): Pick<Structure['uses'], 'ValidateConfig' | 'DownloadFile' | 'ShardDataset' | 'StartRun' | 'PromoteModel'> {
  const { files, trainShards, testShards, versions, conditional } = job;
  const again = executions - 1;
  return {
    ValidateConfig: { ...NOTHING, invocations: executions, containers: 1 },
    // Whether the file is there.
    DownloadFile: {
      invocations: executions * files,
      containers: Math.min(files, DOWNLOADS_AT_ONCE),
      s3Reads: executions * files,
      s3Writes: 0,
    },
    // The manifest.
    ShardDataset: { invocations: executions, containers: 1, s3Reads: executions, s3Writes: 0 },
    // Manifest, shards and status; config, status, the list of metrics, checkpoint 0 and its metrics. Whoever goes on with
    // a run finds its config, and reads the newest metrics and their checkpoint.
    StartRun: {
      invocations: executions,
      containers: 1,
      s3Reads: 1 + trainShards + testShards + 1 + again * 4,
      s3Writes: 5 + again * 3,
    },
    // Config, checkpoint, metrics, manifest, the model's versions, twice which one serves, status; the list of versions, this
    // version, what serves, status.
    PromoteModel: {
      invocations: 1,
      containers: 1,
      s3Reads: 4 + versions + 3 + (conditional && versions > 0 ? 1 : 0),
      s3Writes: 4,
    },
  };
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
