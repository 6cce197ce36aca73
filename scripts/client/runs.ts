/** Runs as they stand in the bucket. */
import { KEYS } from '../../functions/contract/keys.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import {
  type RunConfig,
  type RunStatus,
  runConfig,
  runStatus,
  type StepMetrics,
  stepMetrics,
} from '../../functions/schemas/documents.ts';
import { runId as runIdSchema } from '../../functions/schemas/parts.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { mapSomeAtOnce } from '../../functions/store/some-at-once.ts';
import { findDocument, getDocument } from '../../functions/store/verified.ts';

export interface Run {
  runId: string;
  status: RunStatus | undefined;
  config: RunConfig | undefined;
  /** The last step that was evaluated; undefined before the first. */
  evaluated: StepMetrics | undefined;
}

/** The newest runs by start. @param most how many */
export async function newestRuns(store: ObjectStore, most: number): Promise<Run[]> {
  const ids = (await store.listFolders(KEYS.runsPrefix)).filter((id) => runIdSchema.safeParse(id).success);
  const started = await mapSomeAtOnce(ids, async (runId) => {
    const status = await findDocument(store, runStatus, KEYS.status(runId));
    return { runId, at: Date.parse(status?.startedAt ?? '') || 0 };
  });
  started.sort((a, b) => b.at - a.at || (a.runId < b.runId ? 1 : -1));
  return mapSomeAtOnce(started.slice(0, most), ({ runId }) => readRun(store, runId));
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
  const keys = await store.list(KEYS.metricsPrefix(runId));
  const metrics = await mapSomeAtOnce(keys, (key) => getDocument(store, stepMetrics, key));
  return metrics.filter(isEvaluated);
}

/** Chunks may end between evaluations, so the newest metrics need not have figures. */
async function lastEvaluated(store: ObjectStore, runId: string): Promise<StepMetrics | undefined> {
  const keys = await store.list(KEYS.metricsPrefix(runId));
  for (const key of keys.reverse()) {
    const metrics = await getDocument(store, stepMetrics, key);
    if (isEvaluated(metrics)) return metrics;
  }
  return undefined;
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
