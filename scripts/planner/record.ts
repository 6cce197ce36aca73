/**
 * What a run recorded: its metrics and status in the bucket, its executions' histories while they are kept, and how fast
 * its arithmetic was.
 */
import type { HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { KEYS } from '../../functions/contract/keys.ts';
import { metricsOf } from '../../functions/run-index/metrics.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import {
  type RunConfig,
  type RunStatus,
  runConfig,
  runStatus,
  type StepMetrics,
} from '../../functions/schemas/documents.ts';
import type { Prices } from '../../functions/schemas/prices.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { allOf } from '../../functions/store/series.ts';
import { findDocument } from '../../functions/store/verified.ts';
import { eventsSince } from '../client/follow.ts';
import { median } from '../support/statistics.ts';
import type { Job } from './job.ts';
import { PARALLEL_SHARE } from './measure-speed.ts';
import type { Platform } from './platform.ts';
import { cpuOf, type Speed, timeOnThreads } from './speed.ts';

export interface RunRecord {
  run: RunConfig;
  status: RunStatus;
  /** The last metrics of each invocation that wrote some: of StartRun, then of the loop, in the order of their steps. */
  invocations: StepMetrics[];
  evaluations: number;
  /** Before the first step: of the invocations, StartRun's alone has saved by then, and once. */
  first: StepMetrics;
  /** Evaluations of the first invocation. */
  firstEvaluations: number;
  /** Of the functions that train, in MB, as their cost tells. */
  memoryMb: number;
}

type ReadStore = Pick<ObjectStore, 'get' | 'listWithSizes'>;

/** @returns undefined when there is no such run, or it has recorded nothing */
export async function readRecord(
  store: ReadStore,
  runId: string,
  prices: Prices,
): Promise<RunRecord | undefined> {
  const run = await findDocument(store, runConfig, KEYS.runConfig(runId));
  const status = await findDocument(store, runStatus, KEYS.status(runId));
  const metrics = await allOf(store, metricsOf(runId));
  const [first] = metrics;
  if (run === undefined || status === undefined || first === undefined) return undefined;
  return {
    run,
    status,
    invocations: lastOfEach(metrics),
    // The one of step 0 is StartRun's.
    evaluations: metrics.filter((one) => one.step > 0 && isEvaluated(one)).length,
    first,
    firstEvaluations: metrics.filter((one) => one.timing.loadMs === first.timing.loadMs && isEvaluated(one))
      .length,
    memoryMb: memoryOf(first, prices),
  };
}

const isEvaluated = ({ testAccuracy, testLoss }: StepMetrics) => (testAccuracy ?? testLoss) !== null;

/** An invocation loads once, so that all that it writes says the same of it, to the fraction of a millisecond. */
export function lastOfEach(metrics: readonly StepMetrics[]): StepMetrics[] {
  return metrics.filter(({ timing }, index) => timing.loadMs !== metrics[index + 1]?.timing.loadMs);
}

/** What was paid for a millisecond tells the memory. */
function memoryOf({ timing: { estimatedDollars, billedMs } }: StepMetrics, prices: Prices): number {
  const gbMs = prices.lambdaGbSecond / 1000;
  return Math.round(((estimatedDollars - prices.lambdaRequest) / gbMs / billedMs) * 1024);
}

/** Of all executions of a run. */
export interface HistoryCounts {
  executions: number;
  /** As they are charged: states entered, and tasks that were tried again. */
  transitions: number;
  invocations: number;
  /** Between the first event and the last. */
  seconds: number;
}

/** @returns undefined when the histories aren't kept any more */
export async function readHistory(
  client: SFNClient,
  stateMachineArn: string,
  runId: string,
): Promise<HistoryCounts | undefined> {
  const arn = (name: string) => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const histories: HistoryEvent[][] = [];
  for (let n = 0; ; n++) {
    try {
      histories.push(await eventsSince(client, arn(n === 0 ? runId : `${runId}.${n}`), 0));
    } catch (error) {
      if ((error as Error).name !== 'ExecutionDoesNotExist') throw error;
      break;
    }
  }
  return histories.length === 0 ? undefined : countEvents(histories);
}

/** Name of a state that the local cloud's translation of a Distributed Map adds, and AWS doesn't have. */
const ADDED = /\./;

export function countEvents(histories: readonly (readonly HistoryEvent[])[]): HistoryCounts {
  const events = histories.flat();
  const count = (type: string) => events.filter((event) => event.type === type).length;
  const entered = events.flatMap(({ stateEnteredEventDetails: details }) => details?.name ?? []);
  const invocations = count('LambdaFunctionScheduled');
  // Each of a Distributed Map's children is an execution, whose start is charged, too; AWS has its states in its own
  // history, the local cloud in this one.
  const children = events.filter(
    ({ mapIterationStartedEventDetails: details }) => details?.name === 'TrainRound',
  ).length;
  // Of other tasks, such as starting an execution, the events have other names.
  const tasks = count('TaskStateEntered') - entered.filter((name) => ADDED.test(name)).length;
  const others = count('TaskScheduled');
  const times = events.map(({ timestamp }) => timestamp!.getTime());
  return {
    executions: histories.length,
    transitions:
      entered.filter((name) => !ADDED.test(name)).length + children + (invocations + others - tasks),
    invocations,
    seconds: (Math.max(...times) - Math.min(...times)) / 1000,
  };
}

/** What decides how long a step takes. */
const SHAPE = [
  'dataset',
  'layers',
  'activation',
  'optimizer',
  'batchSize',
  'backend',
  'augmentation',
] as const;

/**
 * The newest run that has trained the same shape, and recorded how fast.
 *
 * @param except a run that is not asked, because it is what the estimate is compared with
 */
export async function findRecord(
  store: Pick<ObjectStore, 'get' | 'listWithSizes' | 'listFolders'>,
  config: JobConfig,
  prices: Prices,
  except?: string,
): Promise<RunRecord | undefined> {
  let newest: RunRecord | undefined;
  for (const runId of await store.listFolders(KEYS.runsPrefix)) {
    if (runId === except) continue;
    const run = await findDocument(store, runConfig, KEYS.runConfig(runId));
    const isSame = SHAPE.every(
      (field) => JSON.stringify(run?.config[field]) === JSON.stringify(config[field]),
    );
    // Workers of the local cloud take each other's processors.
    const record = isSame && run?.rounds === undefined ? await readRecord(store, runId, prices) : undefined;
    if (record === undefined || trained(record).length === 0) continue;
    if (newest === undefined || record.status.startedAt > newest.status.startedAt) newest = record;
  }
  return newest;
}

const trained = ({ invocations }: RunRecord) =>
  invocations.filter(({ timing }) => timing.imagesPerSecond > 0);

/** Samples per second of training, of the middle invocation. */
export const imagesPerSecond = (record: RunRecord): number =>
  median(trained(record).map(({ timing }) => timing.imagesPerSecond));

/** @param platform where the run ran: what it took there besides the arithmetic is taken off */
export function speedOfRun(record: RunRecord, job: Job, platform: Platform): Speed {
  const [start] = record.invocations as [RunRecord['invocations'][number]];
  const { threads, share } = cpuOf(record.memoryMb, platform);
  const onOne = (ms: number) => (ms / timeOnThreads(PARALLEL_SHARE, threads)) * share;
  const shards = 1 + job.trainShards + job.testShards;
  const onTheWay = (job.datasetBytes / platform.bytesPerSecond) * 1000 + shards * platform.requestMs;
  return {
    stepMs: onOne((job.batchSize / imagesPerSecond(record)) * 1000),
    parallelShare: PARALLEL_SHARE,
    evaluateMs: onOne(start.timing.evaluateMs / Math.max(1, record.firstEvaluations)),
    loadMs: Math.max(0, start.timing.loadMs - onTheWay),
    checkpointMs: Math.max(0, record.first.timing.saveMs - platform.requestMs),
    averageMs: (job.checkpointBytes / 4) * AVERAGE_MS,
  };
}

/** Of a number of a worker's part, added to the mean: 2 ns (`npm run plan -- --measure`). */
const AVERAGE_MS = 2e-6;
