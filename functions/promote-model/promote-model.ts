/** Makes a run's checkpoint a version of its model, with its lineage, and serves it if it may. */
import type { z } from 'zod';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { KEYS } from '../contract/keys.ts';
import { claimVersion } from '../models/claim-version.ts';
import { reasonAgainst } from '../models/gate.ts';
import { changeLatest, serving } from '../models/latest.ts';
import { logger } from '../observe/logging.ts';
import { loadCheckpoint } from '../run/checkpoint-store.ts';
import { figuresOf, isEvaluated } from '../run/figures.ts';
import { setStatus } from '../run/status.ts';
import {
  type ModelVersion,
  modelVersion,
  type RunConfig,
  runConfig,
  type StepMetrics,
  stepMetrics,
} from '../schemas/documents.ts';
import type { CheckpointRef } from '../schemas/parts.ts';
import type { promoteModelOutput } from '../schemas/payloads.ts';
import { ConflictError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { getDocument } from '../store/verified.ts';

export interface PromoteRequest {
  store: ObjectStore;
  runId: string;
  step: number;
  checkpoint: CheckpointRef;
  /** Why training ended before its last step; null where no cap ended it. */
  stopped: string | null;
  gitRevision: string;
  /** The sweep whose best run this is. */
  sweep?: string | undefined;
  now?: Date;
}

/**
 * Repeating it after a kill at any point gives the version that the first try wrote.
 *
 * @throws ConflictError when the checkpoint was not evaluated, or another one was; IntegrityError when it isn't what its name says
 */
export async function promoteModel(request: PromoteRequest): Promise<z.output<typeof promoteModelOutput>> {
  const { store, runId, step, checkpoint, stopped, gitRevision, now = new Date() } = request;
  const { plan, metrics } = await evaluatedEnd(request);
  if (request.sweep !== undefined && plan.sweep?.id !== request.sweep) {
    throw new ConflictError(`run ${runId} is none of sweep ${request.sweep}`);
  }
  const { model } = plan.config;
  const figures = figuresOf(metrics);
  const { trainAccuracy, testAccuracy, testLoss, testCost } = figures;
  const document = {
    formatVersion: 1 as const,
    model,
    runId,
    step,
    checkpoint,
    metrics: { loss: metrics.loss, ...figures },
    config: plan.config,
    imported: plan.imported,
    dataset: { name: datasetName(plan.config.dataset), manifestSha256: plan.manifestSha256 },
    gitRevision,
    promotedAt: now.toISOString(),
  };
  const version = await claimVersion(store, document);
  const reason = await moveLatest(store, { ...document, version });
  const outcome = { model, version, promoted: reason === undefined };
  const status = {
    state: 'succeeded' as const,
    totalSteps: plan.totalSteps,
    ...outcome,
    ...(plan.sweep === undefined ? {} : { ended: { step, checkpoint } }),
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
  const shown = { trainAccuracy, testAccuracy, testLoss, testCost };
  return { runId, step, ...outcome, reason: reason ?? null, stopped, ...shown };
}

/**
 * What is known of the run where it ended.
 *
 * @throws ConflictError when the checkpoint was not evaluated, or another one was; IntegrityError when it isn't what its name says
 */
export async function evaluatedEnd({
  store,
  runId,
  step,
  checkpoint,
}: Pick<PromoteRequest, 'store' | 'runId' | 'step' | 'checkpoint'>): Promise<{
  plan: RunConfig;
  metrics: StepMetrics;
}> {
  const plan = await getDocument(store, runConfig, KEYS.runConfig(runId));
  await loadCheckpoint(store, checkpoint, plan.configHash);
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
  return { plan, metrics };
}

/**
 * Lets the version serve where its config's condition holds. Never back: of two promotions at once, the higher number
 * is served in the end, and one that has served already is not asked again whether it may.
 *
 * @returns why it doesn't serve; undefined when it does, or did
 */
async function moveLatest(store: ObjectStore, version: ModelVersion): Promise<string | undefined> {
  let reason: string | undefined;
  await changeLatest(store, version.model, async (present) => {
    reason = undefined;
    if (present === undefined) return serving(present, version.version);
    if (present.version === version.version || present.history?.includes(version.version)) return undefined;
    if (version.config.promotion !== undefined) {
      const key = KEYS.version(version.model, present.version);
      reason = reasonAgainst(version, version.config.promotion, await getDocument(store, modelVersion, key));
    }
    if (reason !== undefined || present.version > version.version) return undefined;
    return serving(present, version.version);
  });
  return reason;
}
