/** Makes a run's checkpoint a version of its model, with its lineage, and serves it if it may. */
import type { z } from 'zod';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { KEYS } from '../contract/keys.ts';
import { claimVersion, foldVersions } from '../models/claims.ts';
import { promoteIfAllowed } from '../models/registry.ts';
import { findLatest } from '../models/versions.ts';
import { logger } from '../observe/logging.ts';
import { isByCap } from '../run/caps.ts';
import { loadCheckpoint } from '../run/checkpoint-store.ts';
import { figuresAtEnd, setStatus } from '../run/status.ts';
import { figuresOf, isEvaluated } from '../run/step-metrics.ts';
import { type RunConfig, runConfig, runStatus, type StepMetrics, stepMetrics } from '../schemas/documents.ts';
import type { promoteModelInput, promoteModelOutput, sweepRunEnded } from '../schemas/payloads.ts';
import { ConflictError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { findDocument, getDocument } from '../store/verified.ts';

export interface PromoteRequest extends z.output<typeof promoteModelInput> {
  store: ObjectStore;
  gitRevision: string;
  now?: Date;
}

/**
 * Repeating it after a kill at any point gives the version that the first try wrote. Once the run's status says which
 * that is, nothing is done any more.
 *
 * @throws ConflictError when the checkpoint was not evaluated, or another one was; IntegrityError when it isn't what its name says
 */
export async function promoteModel(request: PromoteRequest): Promise<z.output<typeof promoteModelOutput>> {
  const { store, runId, step, checkpoint, stopped, gitRevision, now = new Date() } = request;
  const { run, metrics } = await evaluatedEnd(request);
  if (request.sweep !== undefined && run.sweep?.id !== request.sweep) {
    throw new ConflictError(`run ${runId} is none of sweep ${request.sweep}`);
  }
  const { model } = run.config;
  const figures = figuresOf(metrics);
  const { trainAccuracy, testAccuracy, testLoss, testCost } = figures;
  const shown = { trainAccuracy, testAccuracy, testLoss, testCost };
  const document = {
    formatVersion: 1 as const,
    model,
    runId,
    step,
    checkpoint,
    metrics: { loss: metrics.loss, ...figures },
    config: run.config,
    imported: run.imported,
    dataset: { name: datasetName(run.config.dataset), manifestSha256: run.manifestSha256 },
    gitRevision,
    promotedAt: now.toISOString(),
  };
  const decided = (before: Decision) => ({ runId, step, model, ...before, stopped, ...shown });
  const before = await decidedBefore(store, runId, model);
  if (before !== undefined) return decided(before);
  const version = await claimVersion(store, document);
  const meanwhile = await decidedBefore(store, runId, model);
  if (meanwhile !== undefined) {
    // The other attempt's version was deleted before it could be met. The number stays taken, and does not serve.
    if (meanwhile.version !== version) logger.warn('given a second version', { runId, model, version });
    return decided(meanwhile);
  }
  await foldVersions(store, model, version);
  const reason =
    stopped !== null && isByCap(stopped) && step < run.stepsPerEpoch
      ? `a cap ended the run at step ${step}, before its first epoch of ${run.stepsPerEpoch} steps was over`
      : await promoteIfAllowed(store, { ...document, version });
  const outcome = { model, version, promoted: reason === undefined };
  const status = {
    state: 'succeeded' as const,
    totalSteps: run.totalSteps,
    figures: figuresAtEnd(metrics),
    ...outcome,
    ...(run.sweep === undefined ? {} : { ended: { step, checkpoint } }),
  };
  const why = { ...(reason === undefined ? {} : { reason }), ...(stopped === null ? {} : { stopped }) };
  await setStatus(store, runId, { ...status, ...why }, now);
  logger.info(reason === undefined ? 'promoted' : 'not promoted', {
    runId,
    ...outcome,
    ...why,
    testAccuracy,
    testLoss,
  });
  return { runId, step, ...outcome, reason: reason ?? null, stopped, ...shown };
}

interface Decision {
  version: number;
  promoted: boolean;
  reason: string | null;
}

/**
 * What another attempt has come to. What serves was decided then, and may have been changed by an operator
 * since: neither going back from a version nor deleting it is undone by a repetition that comes late. It is asked
 * before a number is taken and after: a version can be deleted once the status says which it is, so that whoever does
 * not meet another attempt's version finds it in the status.
 */
async function decidedBefore(
  store: ObjectStore,
  runId: string,
  model: string,
): Promise<Decision | undefined> {
  const status = await findDocument(store, runStatus, KEYS.status(runId));
  if (status?.state !== 'succeeded' || status.version === undefined) return undefined;
  // Where nothing serves at all, somebody wants to begin anew.
  if ((await findLatest(store, model)) === undefined) return undefined;
  const { version, promoted, reason = null } = status;
  return { version, promoted: promoted === true, reason };
}

/**
 * Ends a run of a sweep, whose model is not promoted: the sweep promotes its best one.
 *
 * @param sweep the run's
 * @throws ConflictError when the checkpoint was not evaluated, or another one was; IntegrityError when it isn't what its name says
 */
export async function endSweepRun(
  request: Omit<PromoteRequest, 'gitRevision' | 'sweep'>,
  sweep: string,
): Promise<z.output<typeof sweepRunEnded>> {
  const { store, runId, step, checkpoint, stopped, now = new Date() } = request;
  const { run, metrics } = await evaluatedEnd(request);
  const why = stopped === null ? {} : { stopped };
  const status = {
    state: 'succeeded' as const,
    totalSteps: run.totalSteps,
    figures: figuresAtEnd(metrics),
    ended: { step, checkpoint },
    ...why,
  };
  // One that says which version the run became is by the sweep, and this a late repetition.
  await setStatus(store, runId, status, now, ({ version }) => version !== undefined);
  logger.info('run of a sweep ended', { runId, sweep, step, ...why });
  return { runId, step, sweep, stopped };
}

/**
 * What is known of the run where it ended.
 *
 * @throws ConflictError when the checkpoint was not evaluated, or another one was; IntegrityError when it isn't what its name says
 */
async function evaluatedEnd({
  store,
  runId,
  step,
  checkpoint,
}: Pick<PromoteRequest, 'store' | 'runId' | 'step' | 'checkpoint'>): Promise<{
  run: RunConfig;
  metrics: StepMetrics;
}> {
  const run = await getDocument(store, runConfig, KEYS.runConfig(runId));
  await loadCheckpoint(store, checkpoint, run.configHash);
  const metrics = await getDocument(store, stepMetrics, KEYS.metrics(runId, step));
  if (!isEvaluated(metrics)) {
    throw new ConflictError(
      `run ${runId} was not evaluated at step ${step}; only evaluated models are promoted`,
    );
  }
  if (metrics.checkpoint !== null && metrics.checkpoint.sha256 !== checkpoint.sha256) {
    throw new ConflictError(
      `${KEYS.metrics(runId, step)} is of the checkpoint with SHA-256 ${metrics.checkpoint.sha256}, expected ${checkpoint.sha256}`,
    );
  }
  return { run, metrics };
}
