/** Writes and reads a run's checkpoints. */

import { IntegrityError } from '../../core/errors.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../core/training/checkpoint.ts';
import { KEYS } from '../contract/keys.ts';
import type { CheckpointRef } from '../schemas/parts.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { sha256 } from '../store/sha256.ts';
import { getVerified } from '../store/verified.ts';

/** @throws ConflictError when another checkpoint of this step is there: training isn't deterministic any more */
export async function saveCheckpoint(
  store: ObjectStore,
  runId: string,
  checkpoint: Checkpoint,
): Promise<CheckpointRef> {
  const { ref, written } = beginSaving(store, runId, checkpoint);
  await written;
  return ref;
}

export interface Saving {
  ref: CheckpointRef;
  /** Rejects with what saveCheckpoint throws. */
  written: Promise<void>;
}

/** Begins to write a checkpoint, whose bytes are as they are now. Nobody may name it before it is written. */
export function beginSaving(store: ObjectStore, runId: string, checkpoint: Checkpoint): Saving {
  const bytes = encodeCheckpoint(checkpoint);
  const key = KEYS.checkpoint(runId, checkpoint.step);
  const written = store.createImmutable(key, bytes);
  return { ref: { key, sha256: sha256(bytes), bytes: bytes.length }, written };
}

/**
 * @param configHash the training that the checkpoint has to belong to
 * @throws IntegrityError when it is damaged or belongs to another config; NotFoundError when it isn't there
 */
export async function loadCheckpoint(
  store: ObjectStore,
  ref: CheckpointRef,
  configHash: string,
): Promise<Checkpoint> {
  const checkpoint = decodeCheckpoint(await getVerified(store, ref.key, ref.sha256));
  if (checkpoint.configHash !== configHash) {
    throw new IntegrityError(
      `${ref.key} belongs to config ${checkpoint.configHash}, the run has ${configHash}`,
    );
  }
  return checkpoint;
}
