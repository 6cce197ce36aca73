/** Makes a run's checkpoint a version of its model, with its lineage, and serves it. */
import type { z } from 'zod';
import { loadCheckpoint } from '../shared/checkpoint-store.ts';
import { KEYS } from '../shared/contract.ts';
import { ConflictError } from '../shared/errors.ts';
import { encodeJson } from '../shared/json.ts';
import { logger } from '../shared/logging.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import { setStatus } from '../shared/run-status.ts';
import {
  type CheckpointRef,
  latestModel,
  type promoteModelOutput,
  runConfig,
  runStatus,
  stepMetrics,
} from '../shared/schemas.ts';
import { decodeDocument, getDocument } from '../shared/verified.ts';
import { claimVersion } from './claim-version.ts';

export interface PromoteRequest {
  store: ObjectStore;
  runId: string;
  step: number;
  checkpoint: CheckpointRef;
  gitRevision: string;
  now?: Date;
}

/**
 * Repeating it after a kill at any point gives the version that the first try wrote.
 *
 * @throws ConflictError when the checkpoint was not evaluated, or another one was; IntegrityError when it isn't what its name says
 */
export async function promoteModel(request: PromoteRequest): Promise<z.output<typeof promoteModelOutput>> {
  const { store, runId, step, checkpoint, gitRevision, now = new Date() } = request;
  const plan = await getDocument(store, runConfig, KEYS.runConfig(runId));
  await loadCheckpoint(store, checkpoint, plan.configHash);
  const metrics = await getDocument(store, stepMetrics, KEYS.metrics(runId, step));
  if (metrics.testAccuracy === null) {
    throw new ConflictError(
      `run ${runId} was not evaluated at step ${step}; only evaluated models are promoted`,
    );
  }
  if (metrics.checkpoint !== null && metrics.checkpoint.sha256 !== checkpoint.sha256) {
    throw new ConflictError(
      `${KEYS.metrics(runId, step)} is of the checkpoint with SHA-256 ${metrics.checkpoint.sha256}, expected ${checkpoint.sha256}`,
    );
  }
  const { model } = plan.config;
  const { loss, trainAccuracy, testAccuracy } = metrics;
  const document = {
    formatVersion: 1 as const,
    model,
    runId,
    step,
    checkpoint,
    metrics: { loss, trainAccuracy, testAccuracy },
    config: plan.config,
    imported: plan.imported,
    dataset: { name: plan.config.dataset, manifestSha256: plan.manifestSha256 },
    gitRevision,
    promotedAt: now.toISOString(),
  };
  const { startedAt } = await getDocument(store, runStatus, KEYS.status(runId));
  const version = await claimVersion(store, document, new Date(startedAt));
  await moveLatest(store, model, version);
  await setStatus(store, runId, { state: 'succeeded', totalSteps: plan.totalSteps, model, version }, now);
  logger.info('promoted', { runId, model, version, testAccuracy });
  return { runId, step, model, version, trainAccuracy, testAccuracy };
}

/** Never back: of two promotions at once, the higher number is served in the end. */
async function moveLatest(store: ObjectStore, model: string, version: number): Promise<void> {
  const key = KEYS.latest(model);
  await store.compareAndSwap(key, (current) => {
    if (current !== undefined && decodeDocument(latestModel, current, key).version >= version)
      return undefined;
    return encodeJson({ version });
  });
}
