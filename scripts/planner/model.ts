/**
 * What a run takes: its counts (structure.ts) times the speed of the arithmetic (speed.ts) and what the place takes for all
 * else (platform.ts), and dollars from the prices. Pure: the same question has the same answer.
 *
 *     chunk = steps + evaluations + checkpoint in and out + requests      in a new container: + its start + the dataset
 *     round = the slowest worker's h steps, checkpoint in and out, requests; then k parts read, averaged, evaluated
 */
import type { Workers } from '../../core/training/rounds.ts';
import { keepBytesOf, LARGE_CHECKPOINT_BYTES } from '../../functions/contract/data.ts';
import { memoryOf } from '../../functions/contract/functions.ts';
import { AT_ONCE } from '../../functions/contract/limits.ts';
import { along, SAVE_WRITES, STATES } from '../../functions/contract/states.ts';
import { chargeFor, type Usage } from '../../functions/schemas/prices.ts';
import type { Question } from './job.ts';
import { reasonAgainst, stepsFitting } from './limits.ts';
import { cpuOf, speedAt } from './speed.ts';
import { INVOKED, INVOKED_STATES, type State, type Structure, structureOf } from './structure.ts';

/** One state's function over the whole run. */
export interface FunctionUse {
  invocations: number;
  memoryMb: number;
  /** As AWS bills it: with the start of new containers. */
  billedMs: number;
  /** Without: what the function sees of itself. */
  handlerMs: number;
  s3Reads: number;
  s3Writes: number;
}

export interface Estimate {
  memoryMb: number;
  threads: number;
  /** 1 for the sequential run. */
  workers: number;
  localIterations?: number;
  /** From the start of the execution to its end. */
  seconds: number;
  dollars: number;
  usage: Usage;
  /** What the run will say of its cost (`runDollars` of its last metrics), which leaves some of it out. */
  recordedDollars: number;
  structure: Structure;
  functions: Record<State, FunctionUse>;
}

export interface Refusal {
  memoryMb: number;
  workers: number;
  /** Why it can't run. */
  refused: string;
}

export function estimate(asked: Question): Estimate | Refusal {
  const { speed, memoryMb, platform, prices } = asked;
  // A chunk ends before its invocation does, whatever its steps.
  const chunkSteps = Math.max(
    1,
    Math.min(asked.job.chunkSteps, stepsFitting(asked.job, speed, memoryMb, platform)),
  );
  const job = { ...asked.job, chunkSteps };
  const question = { ...asked, job };
  const refused = reasonAgainst(question);
  if (refused !== undefined) return { memoryMb, workers: job.rounds?.workers ?? 1, refused };
  const structure = structureOf(job, memoryMb, platform.concurrency);
  const times = timesOf(question, structure);
  const functions = Object.fromEntries(
    INVOKED_STATES.map((state): [State, FunctionUse] => {
      const { invocations, containers, s3Reads, s3Writes } = structure.uses[state];
      const { handlerMs, firstMs } = times[state];
      const own = { invocations, s3Reads, s3Writes, handlerMs: handlerMs + containers * firstMs };
      const started = containers * platform.coldStartMs;
      return [
        state,
        { ...own, memoryMb: memoryOf(INVOKED[state], memoryMb), billedMs: own.handlerMs + started },
      ];
    }),
  ) as Record<State, FunctionUse>;
  const usage = usageOf(Object.values(functions), structure.transitions, ({ billedMs }) => billedMs);
  return {
    memoryMb,
    threads: cpuOf(memoryMb, platform).threads,
    workers: job.rounds?.workers ?? 1,
    ...(job.rounds === undefined ? {} : { localIterations: job.rounds.localIterations }),
    seconds: wallMs(question, structure, times) / 1000,
    dollars: chargeFor(usage, prices),
    usage,
    recordedDollars: chargeFor(recorded(structure, functions), prices),
    structure,
    functions,
  };
}

export const isRefused = (answer: Estimate | Refusal): answer is Refusal => 'refused' in answer;

function usageOf(uses: readonly FunctionUse[], transitions: number, ms: (use: FunctionUse) => number): Usage {
  const sum = (of: (use: FunctionUse) => number) => uses.reduce((total, use) => total + of(use), 0);
  return {
    mbMs: sum((use) => ms(use) * use.memoryMb),
    invocations: sum((use) => use.invocations),
    transitions,
    s3Reads: sum((use) => use.s3Reads),
    s3Writes: sum((use) => use.s3Writes),
  };
}

/**
 * What functions/start-run and those of the loop count of themselves. Of the preparation that is invocations and
 * transitions alone, of new containers nothing, and the promotion comes later.
 */
function recorded({ transitions }: Structure, functions: Record<State, FunctionUse>): Usage {
  const { StartRun, TrainChunk, TrainWorker, ReduceRound, ValidateConfig, ShardDataset } = functions;
  const own = usageOf(
    [StartRun, TrainChunk, TrainWorker, ReduceRound],
    transitions - along('promoting').transitions,
    ({ handlerMs }) => handlerMs,
  );
  const before = ValidateConfig.invocations + ShardDataset.invocations;
  return { ...own, invocations: own.invocations + before };
}

/** Milliseconds of a state's function. */
interface Time {
  /** In all invocations. */
  handlerMs: number;
  /** In the first one of a new container, besides. */
  firstMs: number;
}

function timesOf(question: Question, { trained, rounds, evaluations, uses }: Structure): Record<State, Time> {
  const { job, platform } = question;
  const cpu = speedAt(question.speed, question.memoryMb, platform);
  const shards = 1 + job.trainShards + job.testShards;
  const transferMs = (bytes: number) => (bytes / platform.bytesPerSecond) * 1000;
  const checkpoint = cpu.checkpointMs + transferMs(job.checkpointBytes);
  const arrival = transferMs(job.datasetBytes) + (shards * platform.requestMs) / (1 + AT_ONCE.shardsAhead);
  // Of a dataset that is streamed, what a container has room for is read once; of the rest each time the next shard comes
  // while the present one is worked on, which waits where that takes less. Checking and decoding take CPU in any case.
  const kept = job.streamed ? Math.min(1, keepBytesOf(question.memoryMb) / job.datasetBytes) : 1;
  const firstMs = kept * (cpu.loadMs + arrival);
  const streamed = (passes: number, workMs: number, share = 1 - kept) => {
    const decoding = passes * share * cpu.loadMs;
    return decoding + Math.max(0, passes * share * arrival - decoding - workMs);
  };
  const evaluates = question.evaluates !== false;
  const evaluated = (times: number) =>
    evaluates ? times * cpu.evaluateMs + streamed(times, times * cpu.evaluateMs) : 0;
  const firstEvaluationMs = evaluates || !job.streamed ? firstMs : 0;
  const steps = job.totalSteps * cpu.stepMs;
  const chunksMs = (state: 'StartRun' | 'TrainChunk', more: number) => {
    const own = trained[state];
    const stepsMs = own.steps * cpu.stepMs;
    const arriving = streamed(own.steps / job.stepsPerEpoch, stepsMs);
    return stepsMs + arriving + evaluated(own.evaluations + more) + own.saves * checkpoint;
  };
  /**
   * Requests that the table has not: those of checkpoints and metrics go on beside the steps and evaluations that follow, but
   * for an invocation's last, and small checkpoints beside the metrics before them, too.
   */
  const requests = (state: 'StartRun' | 'TrainChunk') => {
    const { invocations, s3Writes } = uses[state];
    const { steps: own, evaluations: judged, saves } = trained[state];
    const more = s3Writes - invocations * STATES[state].s3Writes;
    const last = state === 'StartRun' ? Math.min(more, invocations * SAVE_WRITES) : 0;
    const onTheWay = Math.max(0, saves - invocations);
    const overlapping = job.checkpointBytes < LARGE_CHECKPOINT_BYTES ? onTheWay : 0;
    const work = own * cpu.stepMs + (evaluates ? judged * cpu.evaluateMs : 0);
    const beside = saves === 0 ? 0 : work * (onTheWay / saves);
    return last * platform.requestMs + Math.max(0, (more - last - overlapping) * platform.requestMs - beside);
  };
  /** @param work besides the handlers and their requests, which come one after the other in each invocation */
  const time = (state: State, work = 0, firstMs = 0): Time => {
    const { invocations } = uses[state];
    const own = platform.handlerMs + (STATES[state].s3Reads + STATES[state].s3Writes) * platform.requestMs;
    return { handlerMs: invocations === 0 ? 0 : invocations * own + work, firstMs };
  };
  const { TrainWorker, PromoteModel } = uses;
  const compared = PromoteModel.s3Reads - STATES.PromoteModel.s3Reads;
  return {
    ValidateConfig: time('ValidateConfig'),
    ShardDataset: time('ShardDataset'),
    StartRun: time(
      'StartRun',
      chunksMs('StartRun', 1) + checkpoint + requests('StartRun'),
      firstEvaluationMs,
    ),
    TrainChunk: time(
      'TrainChunk',
      chunksMs('TrainChunk', 0) + uses.TrainChunk.invocations * checkpoint + requests('TrainChunk'),
      firstMs,
    ),
    TrainWorker: time(
      'TrainWorker',
      // Streamed parts are of other shards each time.
      steps +
        (job.streamed ? streamed(job.totalSteps / job.stepsPerEpoch, steps, 1) : 0) +
        TrainWorker.invocations * 2 * checkpoint,
      job.streamed ? 0 : firstMs,
    ),
    ReduceRound: time(
      'ReduceRound',
      evaluated(evaluations) +
        TrainWorker.invocations * (cpu.averageMs + checkpoint + platform.requestMs / AT_ONCE.roundParts) +
        rounds * checkpoint,
      firstEvaluationMs,
    ),
    PromoteModel: time('PromoteModel', compared * platform.requestMs),
  };
}

/** From the execution's start to its end. */
function wallMs(question: Question, structure: Structure, times: Record<State, Time>): number {
  const { platform } = question;
  const { TrainWorker } = structure.uses;
  let ms = workersMs(question, structure, times.TrainWorker);
  for (const state of INVOKED_STATES) {
    const { invocations } = structure.uses[state];
    if (invocations === 0 || state === 'TrainWorker') continue;
    const { handlerMs, firstMs } = times[state];
    const calls = handlerMs + invocations * platform.invokeMs;
    ms += calls + firstMs + platform.coldStartMs;
  }
  // States of a round's workers are passed at the same time.
  const atOnce = 2 * (TrainWorker.invocations - structure.rounds);
  return ms + (structure.transitions - atOnce) * platform.transitionMs;
}

/**
 * What rounds wait for their workers: in each for the one with the most steps, or for all of them in turn where there are
 * not so many containers or processors.
 */
function workersMs(question: Question, { uses, rounds }: Structure, time: Time): number {
  const { job, platform, speed, memoryMb } = question;
  if (job.rounds === undefined) return 0;
  const { workers } = job.rounds;
  const { invocations, containers } = uses.TrainWorker;
  const { stepMs } = speedAt(speed, memoryMb, platform);
  const slowest = slowestSteps(job.totalSteps, job.rounds, rounds);
  // All that is not steps, by the share of the workers that have the most of them.
  const others = time.handlerMs - job.totalSteps * stepMs + invocations * platform.invokeMs;
  const waited = slowest * stepMs + others * (slowest / job.totalSteps);
  const crowd = Math.max(1, containers / platform.processors) * Math.ceil(workers / containers);
  const start = (time.firstMs + platform.coldStartMs) * Math.max(1, containers / platform.processors);
  const ms = waited * crowd + rounds * (platform.mapMs + workers * platform.childMs) + start;
  // However many ask, S3 gives so many a second.
  const reads = job.streamed ? (job.totalSteps / job.stepsPerEpoch) * job.trainShards : 0;
  return Math.max(ms, (reads / platform.readsPerSecond) * 1000);
}

/** Steps of the workers that have the most, over all rounds. */
function slowestSteps(total: number, { workers, localIterations }: Workers, rounds: number): number {
  const whole = rounds - 1;
  return whole * localIterations + Math.ceil((total - whole * workers * localIterations) / workers);
}
