/**
 * What a run consists of, counted: chunks or rounds, evaluations, executions, state transitions, invocations and requests
 * to S3. Exact for a run that nothing ends early and nothing is tried again in; a test compares it with runs of the local
 * cloud. Retries, caps, early stopping and chunks that the function's timeout cuts change it.
 */
import type { Workers } from '../../core/training/rounds.ts';
import { keepBytesOf } from '../../functions/contract/data.ts';
import type { FunctionName } from '../../functions/contract/functions.ts';
import { AT_ONCE, ROUNDS_PER_EXECUTION, TURNS_PER_EXECUTION } from '../../functions/contract/limits.ts';
import { along, type PathName, STATES, type StateName } from '../../functions/contract/states.ts';
import type { Job } from './job.ts';

/** What is invoked, by state. */
export const INVOKED = {
  ValidateConfig: 'validate-config',
  DownloadFile: 'download-dataset',
  ShardDataset: 'shard-dataset',
  StartRun: 'start-run',
  TrainChunk: 'train-chunk',
  TrainWorker: 'train-worker',
  ReduceRound: 'reduce-round',
  PromoteModel: 'promote-model',
} as const satisfies Partial<Record<StateName, FunctionName>>;
export type State = keyof typeof INVOKED;
/** All of them. */
export const INVOKED_STATES = Object.keys(INVOKED) as State[];

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

const NOTHING: Uses = { invocations: 0, containers: 0, s3Reads: 0, s3Writes: 0 };

/**
 * @param containers that are started
 * @param more requests than each invocation of the state makes
 */
function use(state: State, invocations: number, containers: number, more: Partial<Uses> = {}): Uses {
  const { s3Reads, s3Writes } = STATES[state];
  return {
    invocations,
    containers,
    s3Reads: invocations * s3Reads + (more.s3Reads ?? 0),
    s3Writes: invocations * s3Writes + (more.s3Writes ?? 0),
  };
}

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
    transitions: preparing(job, executions) + chunks * transitionsOf('turn') + transitionsOf('promoting'),
    uses: {
      ...prepared(job, executions),
      // Evaluations between the chunks' ends have metrics of their own.
      TrainChunk: use('TrainChunk', chunks, 1, { s3Reads: dataset, s3Writes: evaluations - both }),
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
    transitions:
      preparing(job, executions) +
      rounds * transitionsOf('round') +
      parts * transitionsOf('worker') +
      transitionsOf('promoting'),
    uses: {
      ...prepared(job, executions),
      TrainChunk: NOTHING,
      TrainWorker: use('TrainWorker', parts, containers, { s3Reads: trained }),
      ReduceRound: use('ReduceRound', rounds, 1, { s3Reads: parts + evaluated }),
    },
  };
}

const transitionsOf = (path: PathName) => along(path).transitions;

/** States outside of the loop. */
function preparing(job: Job, executions: number): number {
  const once = transitionsOf('preparing') + job.files * transitionsOf('file');
  return executions * once + (executions - 1) * transitionsOf('continuing');
}

/** Of a dataset that is in the bucket already. */
function prepared(
  job: Job,
  executions: number,
): Pick<Structure['uses'], 'ValidateConfig' | 'DownloadFile' | 'ShardDataset' | 'StartRun' | 'PromoteModel'> {
  const { files, trainShards, testShards, versions, conditional } = job;
  const again = executions - 1;
  return {
    ValidateConfig: use('ValidateConfig', executions, 1),
    DownloadFile: use('DownloadFile', executions * files, Math.min(files, AT_ONCE.downloads)),
    ShardDataset: use('ShardDataset', executions, 1),
    // Who goes on with a run finds its config instead of writing it, reads the newest metrics and their checkpoint, and
    // writes the status alone.
    StartRun: use('StartRun', executions, 1, {
      s3Reads: 1 + trainShards + testShards + again * 3,
      s3Writes: again * -2,
    }),
    PromoteModel: use('PromoteModel', 1, 1, {
      s3Reads: versions + (conditional && versions > 0 ? 1 : 0),
    }),
  };
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
