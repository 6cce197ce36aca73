/** POST /runs: starts a run, once for each name or key. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { KEYS } from '../contract/keys.ts';
import { findDeclaration, withDeclaration } from '../dataset/declarations.ts';
import { newRunName, runIdOf, runNameOfKey } from '../executions/names.ts';
import { type Executions, ExecutionsUnavailableError } from '../executions/step-functions.ts';
import { HttpError } from '../http/http-error.ts';
import { validateConfig } from '../run/validate-config.ts';
import { type JobConfig, jobOf } from '../schemas/config.ts';
import { type RunStatus, runConfig, runStatus } from '../schemas/documents.ts';
import type { ExecutionStatus, StartRunAnswer, startRunEnvelope } from '../schemas/manage.ts';
import { notBegun } from '../schemas/parts.ts';
import type { Prices } from '../schemas/prices.ts';
import { describeDifferences, isSameJob } from '../schemas/same-job.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { findDocument } from '../store/verified.ts';

export interface StartServices {
  store: ObjectStore;
  executions: Executions;
  prices: Prices;
  /** Of the functions that train. */
  memoryMb: number;
  now: () => Date;
}

/** What became of the request: `isNew` when this one began the execution. */
export interface Started {
  answer: StartRunAnswer;
  isNew: boolean;
}

/**
 * The same request again finds what the first one began, also when that has ended.
 *
 * @param key of the request, where it brings one
 * @throws ConfigError for a config that ValidateConfig would refuse; HttpError 409 when the name is another run's, 422 for
 *   one that would go on with a run which is not there
 */
export async function startRun(
  { config: given, name }: z.output<typeof startRunEnvelope>,
  key: string | undefined,
  { store, executions, prices, memoryMb, now }: StartServices,
): Promise<Started> {
  const input = await withDeclaration(given, (dataset) => findDeclaration(store, dataset));
  const { config } = validateConfig('', input, { prices, memoryMb });
  const executionName = name ?? nameFor(datasetName(config.dataset), key, now());
  const id = runIdOf(executionName);
  const ended = await checkRun(store, executionName, config);
  const begun = (status: ExecutionStatus, isNew: boolean): Started => ({
    answer: { id, executionName, status },
    isNew,
  });
  const known = async () => {
    const found = await executions.find(executionName);
    if (found === undefined) return undefined;
    checkSame(id, config, jobOf(JSON.parse(found.input)));
    return begun(found.status, false);
  };
  const before = await known();
  if (before !== undefined) return before;
  // Of an execution that Step Functions has forgotten.
  if (ended === 'succeeded' && executionName === id) return begun('SUCCEEDED', false);
  if (await executions.start(executionName, JSON.stringify(input))) return begun('RUNNING', true);
  const meanwhile = await known();
  if (meanwhile !== undefined) return meanwhile;
  throw new ExecutionsUnavailableError(`execution ${executionName} exists, and can't be described yet`);
}

const nameFor = (dataset: string, key: string | undefined, now: Date): string =>
  key === undefined
    ? newRunName(dataset, now)
    : runNameOfKey(dataset, createHash('sha256').update(key).digest('hex'));

/** What is stored of the run. @returns its state @throws HttpError where this request can't be about it */
async function checkRun(
  store: ObjectStore,
  executionName: string,
  config: JobConfig,
): Promise<RunStatus['state'] | undefined> {
  const id = runIdOf(executionName);
  const run = await findDocument(store, runConfig, KEYS.runConfig(id));
  const status = await findDocument(store, runStatus, KEYS.status(id));
  if (run === undefined && status === undefined) {
    if (executionName !== id) throw new HttpError(422, 'name', notBegun(executionName, id));
    return undefined;
  }
  if (run?.imported !== undefined) throw taken(id, 'its weights were imported');
  if (run?.sweep !== undefined) throw taken(id, `it is one of the sweep ${run.sweep.id}`);
  if (run !== undefined) checkSame(id, config, run.config);
  return status?.state;
}

/** @param other undefined for an input that is no job's */
function checkSame(id: string, config: JobConfig, other: JobConfig | undefined): void {
  if (other === undefined) throw taken(id, 'it was started with something else');
  if (isSameJob(config, other)) return;
  throw taken(id, `this request has ${describeDifferences(config, other).join(', ')}`);
}

const taken = (id: string, why: string) =>
  new HttpError(409, 'name', `there is a run ${id} already, and ${why}; choose another name or key`);
