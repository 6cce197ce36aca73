/** A model's versions, and which of them serves, as they stand in the bucket. */
import { KEYS } from '../contract/keys.ts';
import { type LatestModel, latestModel, type ModelVersion, modelVersion } from '../schemas/documents.ts';
import { NotFoundError, StorageUnavailableError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { newestNumbers, numbersFrom, type Series } from '../store/series.ts';
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

/** @returns undefined for a version that was deleted */
export const decodeVersion = (bytes: Uint8Array, key: string): ModelVersion | undefined =>
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
    if (latest.version === missing) {
      return getVersion(store, model, missing).catch(async (error: Error) => {
        throw await reasonOfAbsence(store, model, latest.version, error);
      });
    }
    missing = latest.version;
  }
}

/**
 * Why a version that serves can't be read: who deletes one that somebody promotes at the same time brings it back in a
 * moment.
 *
 * @param error otherwise
 */
export async function reasonOfAbsence(
  store: Pick<ObjectStore, 'size'>,
  model: string,
  version: number,
  error: Error,
): Promise<Error> {
  if ((await store.size(KEYS.version(model, version))) !== DELETED.length) return error;
  return new StorageUnavailableError(
    `version ${version} of ${model} serves, and is just being deleted or brought back`,
    { cause: error },
  );
}

/** The model's versions by number, to read many at a time. */
export const versionsOf = (model: string): Series<ModelVersion> => ({
  prefix: KEYS.versionsPrefix(model),
  keyOf: (version) => KEYS.version(model, version),
  numberOf: ({ version }) => version,
  schema: modelVersion,
  index: KEYS.versionsIndex(model),
  segment: (version, digest) => KEYS.versionsSegment(model, version, digest),
});

/**
 * The numbers of a model's versions without those that were deleted, smallest first.
 *
 * @param most about how many, the newest ones; all when undefined
 */
export async function listVersions(store: ObjectStore, model: string, most?: number): Promise<number[]> {
  const series = versionsOf(model);
  const listed = await (most === undefined
    ? numbersFrom(store, series, 0)
    : newestNumbers(store, series, most));
  return listed.filter(({ bytes }) => bytes > 0).map(({ number }) => number);
}

/** @throws NotFoundError when the checkpoint is not there; IntegrityError when it is not the one that the version names */
export function readCheckpoint(store: ObjectStore, { checkpoint }: ModelVersion): Promise<Uint8Array> {
  return getVerified(store, checkpoint.key, checkpoint.sha256);
}
