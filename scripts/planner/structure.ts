/**
 * What a run consists of, counted: chunks or rounds, evaluations, executions, state transitions, invocations and requests
 * to S3. Exact for a run that nothing ends early and nothing is tried again in; a test compares it with runs of the local
 * cloud. Retries, caps, early stopping and chunks that the function's timeout cuts change it.
 */
import type { Workers } from '../../core/training/rounds.ts';
import { keepBytesOf } from '../../functions/contract/data.ts';
import type { FunctionName } from '../../functions/contract/functions.ts';
import { MAX_UNFOLDED, ROUNDS_PER_EXECUTION, TURNS_PER_EXECUTION } from '../../functions/contract/limits.ts';
import {
  along,
  type PathName,
  SAVE_WRITES,
  STATES,
  type StateName,
} from '../../functions/contract/states.ts';
import type { Job } from './job.ts';

/** What is invoked, by state. */
export const INVOKED = {
  ValidateConfig: 'validate-config',
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
  /** Of StartRun and TrainChunk, each in an invocation; 0 where there are rounds. */
  chunks: number;
  /** What StartRun's chunks have of the training, and what is TrainChunk's. */
  trained: Record<'StartRun' | 'TrainChunk', Trained>;
  rounds: number;
  /** On the way; the one before the first step is StartRun's and not among them. */
  evaluations: number;
  /** Executions that the run takes, each going on where the one before it left off. */
  executions: number;
  transitions: number;
  uses: Record<State, Uses>;
}

/** Of a run's steps. */
export interface Trained {
  steps: number;
  /** Without that before the first step. */
  evaluations: number;
  /** Checkpoints. */
  saves: number;
}

const NOT_TRAINED: Trained = { steps: 0, evaluations: 0, saves: 0 };
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
  const { totalSteps: total, chunkSteps } = job;
  const chunks = timesEvery(chunkSteps, total);
  // StartRun trains the first chunk of each execution, its turns the others.
  const perExecution = 1 + TURNS_PER_EXECUTION;
  const executions = Math.ceil(chunks / perExecution);
  const all = countSteps(job, 0, total);
  const started = { ...NOT_TRAINED, metrics: 0, inner: 0 };
  for (let execution = 0; execution < executions; execution++) {
    const from = execution * perExecution * chunkSteps;
    const own = countSteps(job, from, Math.min(from + chunkSteps, total));
    for (const what of Object.keys(own) as (keyof Counted)[]) started[what] += own[what];
  }
  const rest = Object.fromEntries(
    Object.entries(all).map(([what, count]) => [what, count - started[what as keyof Counted]]),
  ) as unknown as Counted;
  const turns = chunks - executions;
  // The metrics of step 0 are StartRun's.
  const foldedBefore = foldsOf(1 + started.metrics);
  const folds = foldsOf(1 + all.metrics) - foldedBefore;
  return {
    chunks,
    rounds: 0,
    evaluations: all.evaluations,
    executions,
    trained: { StartRun: started, TrainChunk: rest },
    transitions: preparing(executions) + turns * transitionsOf('turn') + transitionsOf('promoting'),
    uses: {
      ...prepared(job, executions, {
        s3Reads:
          datasetReads(job, memoryMb, { ...started, evaluations: started.evaluations + 1 }, executions) +
          foldedBefore * FOLD_READS,
        s3Writes: started.saves + started.metrics + foldedBefore,
      }),
      TrainChunk: use('TrainChunk', turns, Math.min(1, turns), {
        // One that has checkpoints before its end looks whether an attempt before it has written the first of them.
        s3Reads: datasetReads(job, memoryMb, rest, turns) + rest.inner + folds * FOLD_READS,
        s3Writes: rest.saves + rest.metrics + folds - turns * SAVE_WRITES,
      }),
      TrainWorker: NOTHING,
      ReduceRound: NOTHING,
    },
  };
}

/** How often metrics are folded into their index. */
const foldsOf = (metrics: number): number => Math.floor(metrics / (MAX_UNFOLDED + 1));
/** The index, and what is folded into it. */
const FOLD_READS = 1 + MAX_UNFOLDED + 1;

/** What chunks have that follow each other without a gap. */
interface Counted extends Trained {
  /** Documents: of an evaluation, of a checkpoint, or of both. */
  metrics: number;
  /** Chunks with checkpoints before their ends. */
  inner: number;
}

/** @param from where a chunk begins @param to where one ends */
function countSteps(job: Job, from: number, to: number): Counted {
  const { totalSteps: total, chunkSteps, evaluateEverySteps, saveEverySteps = chunkSteps } = job;
  const count = (...every: number[]) =>
    multiplesOfAny(every, to) - multiplesOfAny(every, from) + (to === total && !isAny(every, total) ? 1 : 0);
  const saves = count(saveEverySteps, chunkSteps);
  const chunks = timesEvery(chunkSteps, to - from);
  // Chunks of more steps than lie between checkpoints have one inside, but perhaps the last, which is short.
  const lastFrom = from + (chunks - 1) * chunkSteps;
  const hasInner = (Math.floor(lastFrom / saveEverySteps) + 1) * saveEverySteps < to ? 1 : 0;
  const inner = chunkSteps > saveEverySteps ? chunks - 1 + hasInner : saves - count(chunkSteps);
  return {
    steps: to - from,
    evaluations: count(evaluateEverySteps),
    saves,
    metrics: count(saveEverySteps, chunkSteps, evaluateEverySteps),
    inner,
  };
}

const isAny = (every: readonly number[], step: number) => every.some((one) => step % one === 0);

/** Whole numbers from 1 to `last` that are multiples of any of these: what each has, less what two have in common. */
function multiplesOfAny([first, ...others]: readonly number[], last: number): number {
  if (first === undefined) return 0;
  const common = others.map((other) => leastCommonMultiple(first, other));
  return Math.floor(last / first) + multiplesOfAny(others, last) - multiplesOfAny(common, last);
}

/**
 * Manifest and shards that a function reads for its chunks.
 *
 * @param invocations each of which reads the manifest where the dataset is streamed; for no invocation nothing is read
 */
function datasetReads(
  job: Job,
  memoryMb: number,
  { steps, evaluations }: Trained,
  invocations: number,
): number {
  if (invocations === 0) return 0;
  if (!job.streamed) return 1 + job.trainShards + job.testShards;
  return invocations + shardReads(job, memoryMb, timesEvery(job.stepsPerEpoch, steps), evaluations);
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
    trained: { StartRun: NOT_TRAINED, TrainChunk: NOT_TRAINED },
    rounds,
    evaluations,
    executions,
    transitions:
      preparing(executions) +
      rounds * transitionsOf('round') +
      parts * transitionsOf('worker') +
      transitionsOf('promoting'),
    uses: {
      ...prepared(job, executions, { s3Reads: 1 + shards, s3Writes: 0 }),
      TrainChunk: NOTHING,
      TrainWorker: use('TrainWorker', parts, containers, { s3Reads: trained }),
      ReduceRound: use('ReduceRound', rounds, 1, { s3Reads: parts + evaluated }),
    },
  };
}

const transitionsOf = (path: PathName) => along(path).transitions;

/** States outside of the loop. */
function preparing(executions: number): number {
  const once = transitionsOf('preparing') + transitionsOf('start');
  return executions * once + (executions - 1) * transitionsOf('continuing');
}

/**
 * Of a dataset that is in the bucket already.
 *
 * @param begun what StartRun reads of the dataset, and writes of its chunks
 */
function prepared(
  job: Job,
  executions: number,
  begun: Pick<Uses, 's3Reads' | 's3Writes'>,
): Pick<Structure['uses'], 'ValidateConfig' | 'ShardDataset' | 'StartRun' | 'PromoteModel'> {
  const { versions, conditional } = job;
  const again = executions - 1;
  return {
    ValidateConfig: use('ValidateConfig', executions, 1),
    ShardDataset: use('ShardDataset', executions, 1),
    // Who goes on with a run finds its config instead of writing it, reads the newest metrics and their checkpoint, and
    // writes the status alone.
    StartRun: use('StartRun', executions, 1, {
      s3Reads: begun.s3Reads + again * 3,
      s3Writes: begun.s3Writes + again * -2,
    }),
    PromoteModel: use('PromoteModel', 1, 1, {
      // What serves is compared with.
      s3Reads: conditional && versions > 0 ? 1 : 0,
    }),
  };
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
