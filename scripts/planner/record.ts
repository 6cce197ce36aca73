/** What a run recorded: its metrics and status in the bucket, and its executions' histories while they are kept. */
import type { HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { KEYS } from '../../functions/contract/keys.ts';
import {
  type RunConfig,
  type RunStatus,
  runConfig,
  runStatus,
  type StepMetrics,
  stepMetrics,
} from '../../functions/schemas/documents.ts';
import type { Prices } from '../../functions/schemas/prices.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { findDocument } from '../../functions/store/verified.ts';
import { eventsSince } from '../client/follow.ts';

export interface RunRecord {
  run: RunConfig;
  status: RunStatus;
  /** The last metrics of each invocation that wrote some: of StartRun, then of the loop, in the order of their steps. */
  invocations: StepMetrics[];
  evaluations: number;
  /** Of the functions that train, in MB, as their cost tells. */
  memoryMb: number;
}

type ReadStore = Pick<ObjectStore, 'get' | 'list'>;

/** @returns undefined when there is no such run, or it has recorded nothing */
export async function readRecord(
  store: ReadStore,
  runId: string,
  prices: Prices,
): Promise<RunRecord | undefined> {
  const run = await findDocument(store, runConfig, KEYS.runConfig(runId));
  const status = await findDocument(store, runStatus, KEYS.status(runId));
  const metrics: StepMetrics[] = [];
  for (const key of await store.list(KEYS.metricsPrefix(runId))) {
    const one = await findDocument(store, stepMetrics, key);
    if (one !== undefined) metrics.push(one);
  }
  const [first] = metrics;
  if (run === undefined || status === undefined || first === undefined) return undefined;
  return {
    run,
    status,
    invocations: lastOfEach(metrics),
    // The one of step 0 is StartRun's.
    evaluations: metrics.filter(
      ({ step, testAccuracy, testLoss }) => step > 0 && (testAccuracy ?? testLoss) !== null,
    ).length,
    memoryMb: memoryOf(first, prices),
  };
}

/** An invocation loads once, so that all that it writes says the same of it, to the fraction of a millisecond. */
function lastOfEach(metrics: readonly StepMetrics[]): StepMetrics[] {
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
