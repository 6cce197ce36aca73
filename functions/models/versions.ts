/** Versions of models, read from the app's bucket. */
import { createHash } from 'node:crypto';
import { findJson } from '../../scripts/client/find-json.ts';
import type { ObjectStore } from '../../scripts/client/target.ts';
import { KEYS } from '../contract/keys.ts';
import { type LatestModel, latestModel, type ModelVersion, modelVersion } from '../schemas/documents.ts';

/** What serves, and what served before; undefined when nothing of the model was ever promoted. */
export function findLatest(store: ObjectStore, model: string): Promise<LatestModel | undefined> {
  return findJson(store, latestModel, KEYS.latest(model));
}

/** @throws Error when the model has no such version */
export async function getVersion(store: ObjectStore, model: string, version: number): Promise<ModelVersion> {
  const key = KEYS.version(model, version);
  const document = await findJson(store, modelVersion, key);
  if (document === undefined)
    throw new Error(`model ${model} has no version ${version} (${key} is not there)`);
  return document;
}

/** The version that serves. @throws Error when there is none */
export async function getServing(store: ObjectStore, model: string): Promise<ModelVersion> {
  const latest = await findLatest(store, model);
  if (latest === undefined) {
    throw new Error(`no model ${model} was promoted (${KEYS.latest(model)} is not there)`);
  }
  return getVersion(store, model, latest.version);
}

/** The numbers of a model's versions, smallest first. */
export async function listVersions(store: ObjectStore, model: string): Promise<number[]> {
  const keys = await store.list(KEYS.versionsPrefix(model));
  return keys
    .flatMap((key) => /\/(\d+)\.json$/.exec(key)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** @throws Error when the checkpoint is not there, or not the one that the version names */
export async function readCheckpoint(store: ObjectStore, version: ModelVersion): Promise<Uint8Array> {
  const { key, sha256 } = version.checkpoint;
  const object = await store.get(key);
  if (object === undefined) throw new Error(`${key} is not there`);
  const actual = createHash('sha256').update(object.body).digest('hex');
  if (actual !== sha256) throw new Error(`${key} has SHA-256 ${actual}, expected ${sha256}`);
  return object.body;
}
