/** What a run can't be: more than a function holds, or takes more time than one has. */
import { memoryFor } from '../../functions/contract/data.ts';
import { SAFETY_MARGIN_MS, SIZES, TRAIN_MEMORY_MB } from '../../functions/contract/functions.ts';
import { bytesBeyondReserved } from '../../functions/schemas/training-memory.ts';
import type { Job, Question } from './job.ts';
import type { Platform } from './platform.ts';
import { type Speed, speedAt } from './speed.ts';

/** Of an invocation that trains: what its last writes leave. */
export const USABLE_MS = SIZES['train-chunk'].seconds * 1000 - SAFETY_MARGIN_MS;

/** MB that the functions need which train the job: as functions/start-run checks it, or a group of shards at a time. */
export const memoryNeeded = (job: Job): number =>
  Math.ceil(memoryFor(job.kind, heldBytes(job), bytesOfNetwork(job)));

/** Of the dataset. Two groups of shards are held at a time where they are streamed. */
function heldBytes({ streamed, datasetBytes, trainShards, testShards, shardsTogether }: Job): number {
  const shards = trainShards + testShards;
  return datasetBytes * (streamed ? Math.min(1, (2 * shardsTogether) / shards) : 1);
}

const bytesOfNetwork = ({ checkpointBytes, networkBytes, rounds }: Job): number =>
  bytesBeyondReserved({
    kernels: networkBytes,
    tensors: checkpointBytes,
    workers: rounds?.workers ?? 1,
  });

/** Why the job can't run with this memory; undefined when it can. */
export function reasonAgainst({
  job,
  speed,
  memoryMb,
  platform,
  evaluates = true,
}: Omit<Question, 'prices'>): string | undefined {
  const needed = memoryNeeded(job);
  if (needed > memoryMb) {
    const most = needed > TRAIN_MEMORY_MB.most ? `, and a function has at most ${TRAIN_MEMORY_MB.most}` : '';
    const forData = job.streamed ? 'fewer shardsTogether need' : 'sampling "shardShuffle" needs';
    const otherwise = bytesOfNetwork(job) > heldBytes(job) ? 'a smaller batchSize or network needs' : forData;
    return `memory: got ${memoryMb} MB, expected at least ${needed} for dataset and network${most}; ${otherwise} less`;
  }
  const { stepMs, loadMs, evaluateMs } = speedAt(speed, memoryMb, platform);
  const available = availableMs(job, loadMs);
  const arrivalMs = (job.datasetBytes / platform.bytesPerSecond) * 1000;
  const passing = Math.max(evaluateMs + loadMs, job.streamed ? arrivalMs : 0);
  if (evaluates && passing > USABLE_MS) {
    return `rows: an evaluation of ${job.trainRows} and ${job.testRows} takes ${inSeconds(passing)} with their reading, expected at most ${inSeconds(USABLE_MS)}, which an invocation has for it`;
  }
  const most = stepsFitting(job, speed, memoryMb, platform);
  if (most < 1) {
    return `batchSize: a step of ${job.batchSize} samples takes ${inSeconds(stepMs)}, expected at most ${inSeconds(available)}, which an invocation has for it`;
  }
  if (job.rounds !== undefined && job.rounds.localIterations > most) {
    return `localIterations: got ${job.rounds.localIterations}, expected at most ${most}: a step takes ${stepMs.toFixed(2)} ms, and an invocation has ${inSeconds(available)} for them`;
  }
  return undefined;
}

/** Steps that an invocation has time for, in a new container that reads the dataset first. */
export function stepsFitting(job: Job, speed: Speed, memoryMb: number, platform: Platform): number {
  const { stepMs, loadMs, evaluateMs } = speedAt(speed, memoryMb, platform);
  const bytesPerStep = job.streamed ? job.datasetBytes / job.stepsPerEpoch : 0;
  const arrivalMs = (bytesPerStep / platform.bytesPerSecond) * 1000;
  // Workers evaluate nothing.
  const evaluating = job.rounds === undefined ? evaluateMs / job.evaluateEverySteps : 0;
  return Math.floor(availableMs(job, loadMs) / (Math.max(stepMs, arrivalMs) + evaluating));
}

/** What is streamed is read between the steps; all else before them. */
const availableMs = ({ streamed }: Job, loadMs: number) => USABLE_MS - (streamed ? 0 : loadMs);

const inSeconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
