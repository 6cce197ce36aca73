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
  type ModelVersion,
  modelVersion,
  type promoteModelOutput,
  runConfig,
  runStatus,
  stepMetrics,
} from '../shared/schemas.ts';
import { decodeDocument, findDocument, getDocument } from '../shared/verified.ts';

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
 * @throws ConflictError when the checkpoint was not evaluated; IntegrityError when it isn't what its name says
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
    dataset: { name: plan.config.dataset, manifestSha256: plan.manifestSha256 },
    gitRevision,
    promotedAt: now.toISOString(),
  };
  const version =
    (await findOwnVersion(store, model, runId, checkpoint)) ?? (await writeVersion(store, document));
  await moveLatest(store, model, version);
  await setStatus(store, runId, { state: 'succeeded', totalSteps: plan.totalSteps, model, version }, now);
  logger.info('promoted', { runId, model, version, testAccuracy });
  return { runId, step, model, version, trainAccuracy, testAccuracy };
}

/** The version that an earlier try of this promotion wrote. It can't be older than the run itself. */
async function findOwnVersion(
  store: ObjectStore,
  model: string,
  runId: string,
  checkpoint: CheckpointRef,
): Promise<number | undefined> {
  const status = await getDocument(store, runStatus, KEYS.status(runId));
  const keys = await store.list(KEYS.versionsPrefix(model));
  for (const key of keys.reverse()) {
    const candidate = await getDocument(store, modelVersion, key);
    if (candidate.runId === runId && candidate.checkpoint.sha256 === checkpoint.sha256)
      return candidate.version;
    if (candidate.promotedAt < status.startedAt) return undefined;
  }
  return undefined;
}

/** Writes the document under the next free number. */
async function writeVersion(store: ObjectStore, document: Omit<ModelVersion, 'version'>): Promise<number> {
  const latest = await findDocument(store, latestModel, KEYS.latest(document.model));
  // A number above the latest may be taken: by a run that promotes right now, or was killed before it moved latest.
  for (let version = (latest?.version ?? 0) + 1; ; version++) {
    const key = KEYS.version(document.model, version);
    const { created } = await store.tryCreate(key, encodeJson({ ...document, version }));
    if (created) return version;
  }
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
