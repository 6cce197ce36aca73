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

/** What a deleted version leaves at its key, so that nobody is given its number again. */
export const DELETED = new Uint8Array(0);

/** @returns undefined when there is no such version, or it was deleted */
export async function findVersion(
  store: Pick<ObjectStore, 'get'>,
  model: string,
  version: number,
): Promise<ModelVersion | undefined> {
  const key = KEYS.version(model, version);
  const object = await store.get(key);
  return object === undefined ? undefined : decodeVersion(object.body, key);
}

const decodeVersion = (bytes: Uint8Array, key: string): ModelVersion | undefined =>
  bytes.length === 0 ? undefined : decodeDocument(modelVersion, bytes, key);

/** @throws NotFoundError when the model has no such version */
export async function getVersion(
  store: Pick<ObjectStore, 'get'>,
  model: string,
  version: number,
): Promise<ModelVersion> {
  const document = await findVersion(store, model, version);
  if (document === undefined) {
    throw new NotFoundError(
      `model ${model} has no version ${version} (${KEYS.version(model, version)} is not there, or empty since the version was deleted)`,
    );
  }
  return document;
}

/** The version that serves. @throws NotFoundError when there is none */
export async function getServing(store: ObjectStore, model: string): Promise<ModelVersion> {
  let missing: number | undefined;
  for (;;) {
    const latest = await findLatest(store, model);
    if (latest === undefined) {
      throw new NotFoundError(`no model ${model} was promoted (${KEYS.latest(model)} is not there)`);
    }
    const serving = await findVersion(store, model, latest.version);
    if (serving !== undefined) return serving;
    // It may have been deleted since another one serves, which the next look finds.
    if (latest.version === missing) return getVersion(store, model, missing);
    missing = latest.version;
  }
}

/** The numbers of a model's versions without those that were deleted, smallest first. */
export async function listVersions(store: ObjectStore, model: string): Promise<number[]> {
  const objects = await store.listWithSizes(KEYS.versionsPrefix(model));
  return numbersOf(objects.filter(({ bytes }) => bytes > 0).map(({ key }) => key));
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
 * Whether an attempt before this one gave the promotion a version, and the next free number. All versions are looked
 * at: when one was written says nothing, since a clock may have been set in between.
 */
export async function findOwnVersion(
  store: ObjectStore,
  document: NewVersion,
): Promise<{ own: number | undefined; next: number }> {
  // Both are told from one list: what is written after it is met by `claimVersion`.
  const { model } = document;
  const numbers = numbersOf(await store.list(KEYS.versionsPrefix(model)));
  // One that was deleted belonged to a promotion that is over.
  const found = await mapSomeAtOnce(numbers, (version) => findVersion(store, model, version));
  const own = found.find((other) => other !== undefined && isSamePromotion(other, document));
  return { own: own?.version, next: (numbers.at(-1) ?? 0) + 1 };
}

/**
 * Writes the version document under the first free number, unless another attempt of this promotion is met before: each
 * number is given once.
 *
 * @param next the number to begin with
 * @returns the number
 */
export async function claimVersion(store: ObjectStore, document: NewVersion, next: number): Promise<number> {
  for (let version = next; ; version++) {
    const key = KEYS.version(document.model, version);
    const outcome = await store.tryCreate(key, encodeJson({ ...document, version }));
    if (outcome.created) return version;
    const existing = decodeVersion(outcome.existing.body, key);
    if (existing !== undefined && isSamePromotion(existing, document)) return version;
  }
}

/** A version that has no number yet. */
type NewVersion = Omit<ModelVersion, 'version'>;

const isSamePromotion = (a: NewVersion, b: NewVersion): boolean =>
  a.runId === b.runId && a.checkpoint.sha256 === b.checkpoint.sha256;
