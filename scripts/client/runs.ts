/** Runs as they stand in the bucket. */
import { KEYS } from '../../functions/contract/keys.ts';
import { metricsOf } from '../../functions/run-index/metrics.ts';
import { type RunsAsked, readRuns } from '../../functions/run-index/page.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import {
  type RunConfig,
  type RunStatus,
  runConfig,
  runStatus,
  type StepMetrics,
} from '../../functions/schemas/documents.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { allOf, newestOf } from '../../functions/store/series.ts';
import { mapSomeAtOnce } from '../../functions/store/some-at-once.ts';
import { findDocument } from '../../functions/store/verified.ts';

/** Metrics among which the last evaluation mostly is. */
const FEW = 10;

export interface Run {
  runId: string;
  status: RunStatus | undefined;
  config: RunConfig | undefined;
  /** The last step that was evaluated; undefined before the first. */
  evaluated: StepMetrics | undefined;
}

/** The newest runs by start. @param most how many */
export async function newestRuns(store: ObjectStore, most: number): Promise<Run[]> {
  const ids: string[] = [];
  let after: RunsAsked['after'];
  do {
    const page = await readRuns(store, { limit: most - ids.length, after });
    ids.push(...page.runs.map(({ runId }) => runId));
    after = page.next;
  } while (after !== undefined && ids.length < most);
  return mapSomeAtOnce(ids, (runId) => readRun(store, runId));
}

async function readRun(store: ObjectStore, runId: string): Promise<Run> {
  return {
    runId,
    status: await findDocument(store, runStatus, KEYS.status(runId)),
    config: await findDocument(store, runConfig, KEYS.runConfig(runId)),
    evaluated: await lastEvaluated(store, runId),
  };
}

/** @throws Error for an id that no run has */
export async function getRun(store: ObjectStore, runId: string): Promise<Run> {
  const run = await readRun(store, runId);
  if (run.status === undefined && run.config === undefined) throw new Error(`there is no run ${runId}`);
  return run;
}

/** All evaluations of a run, first to last. */
export async function evaluationsOf(store: ObjectStore, runId: string): Promise<StepMetrics[]> {
  return (await allOf(store, metricsOf(runId))).filter(isEvaluated);
}

/** Chunks may end between evaluations, so the newest metrics need not have figures. */
async function lastEvaluated(store: ObjectStore, runId: string): Promise<StepMetrics | undefined> {
  let before: number | undefined;
  for (;;) {
    const { documents, omitted } = await newestOf(store, metricsOf(runId), FEW, before);
    const found = documents.findLast(isEvaluated);
    if (found !== undefined || omitted === 0) return found;
    before = documents[0]!.step;
  }
}

const isEvaluated = ({ testLoss, testAccuracy }: StepMetrics): boolean =>
  testLoss !== null || testAccuracy !== null;

/**
 * What people call the run's state. A run whose execution was stopped, or has died, says in its status that it is
 * running; a run of a sweep is worked on by an execution of its own machine, which is not looked at.
 */
export function stateOf(
  { runId, status, config }: Run,
  atWork: ReadonlyMap<string, string>,
): RunStatus['state'] | 'stopped' {
  const state = status?.state ?? 'running';
  const isOfSweep = config?.sweep !== undefined;
  return state === 'running' && !isOfSweep && !atWork.has(runId) ? 'stopped' : state;
}

/** The fields in which these runs' configs are not all the same, in the config's order. */
export function differingFields(runs: readonly Run[]): (keyof JobConfig)[] {
  const configs = runs.flatMap(({ config }) => config?.config ?? []);
  const fields = new Set(configs.flatMap((config) => Object.keys(config) as (keyof JobConfig)[]));
  return [...fields].filter(
    (field) => new Set(configs.map((config) => JSON.stringify(config[field]))).size > 1,
  );
}
