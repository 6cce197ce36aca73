/** A model's versions, and which of them serves, as they stand in the bucket. */
import { KEYS } from '../contract/keys.ts';
import { type LatestModel, latestModel, type ModelVersion, modelVersion } from '../schemas/documents.ts';
import { NotFoundError } from '../store/errors.ts';
import { encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { mapSomeAtOnce } from '../store/some-at-once.ts';
import { decodeDocument, findDocument, getVerified } from '../store/verified.ts';

/** What serves, and what served before; undefined when nothing of the model was ever promoted. */
export function findLatest(store: ObjectStore, model: string): Promise<LatestModel | undefined> {
  return findDocument(store, latestModel, KEYS.latest(model));
}

/** @throws NotFoundError when the model has no such version */
export async function getVersion(store: ObjectStore, model: string, version: number): Promise<ModelVersion> {
  const key = KEYS.version(model, version);
  const document = await findDocument(store, modelVersion, key);
  if (document === undefined)
    throw new NotFoundError(`model ${model} has no version ${version} (${key} is not there)`);
  return document;
}

/** The version that serves. @throws NotFoundError when there is none */
export async function getServing(store: ObjectStore, model: string): Promise<ModelVersion> {
  const latest = await findLatest(store, model);
  if (latest === undefined) {
    throw new NotFoundError(`no model ${model} was promoted (${KEYS.latest(model)} is not there)`);
  }
  return getVersion(store, model, latest.version);
}

/** The numbers of a model's versions, smallest first. */
export async function listVersions(store: ObjectStore, model: string): Promise<number[]> {
  return numbersOf(await store.list(KEYS.versionsPrefix(model)));
}

const numbersOf = (keys: readonly string[]): number[] =>
  keys
    .flatMap((key) => /\/(\d+)\.json$/.exec(key)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

/** @throws NotFoundError when the checkpoint is not there; IntegrityError when it is not the one that the version names */
export function readCheckpoint(store: ObjectStore, { checkpoint }: ModelVersion): Promise<Uint8Array> {
  return getVerified(store, checkpoint.key, checkpoint.sha256);
}

/**
 * Writes the version document under the next free number, unless another try of this promotion has: each number
 * is given once, and each promotion gets one, however often it is tried. All versions are
 * looked at: when one was written says nothing, since a clock may have been set in between.
 *
 * @returns the number
 */
export async function claimVersion(
  store: ObjectStore,
  document: Omit<ModelVersion, 'version'>,
): Promise<number> {
  const { model, runId, checkpoint } = document;
  const isOwn = (other: ModelVersion) =>
    other.runId === runId && other.checkpoint.sha256 === checkpoint.sha256;
  // The search for earlier tries and for a free number start from one list: what is written after it is met below.
  const keys = await store.list(KEYS.versionsPrefix(model));
  // One that is deleted meanwhile was old, and nobody's who still promotes it; its number is not free for that.
  const found = await mapSomeAtOnce(keys, (key) => findDocument(store, modelVersion, key));
  const own = found.find((other) => other !== undefined && isOwn(other));
  if (own !== undefined) return own.version;
  let version = (numbersOf(keys).at(-1) ?? 0) + 1;
  for (; ; version++) {
    const key = KEYS.version(model, version);
    const outcome = await store.tryCreate(key, encodeJson({ ...document, version }));
    if (outcome.created || isOwn(decodeDocument(modelVersion, outcome.existing.body, key))) return version;
  }
}
