/** Numbers a model's versions: each number once, and each promotion one number, however often it is tried. */
import { KEYS } from '../contract/keys.ts';
import { type ModelVersion, modelVersion } from '../schemas/documents.ts';
import { encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { mapSomeAtOnce } from '../store/some-at-once.ts';
import { decodeDocument, findDocument } from '../store/verified.ts';

/**
 * Writes the version document under the next free number, unless another try of this promotion has. All versions are
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
  // One that is deleted meanwhile was old, and nobody's who still promotes it.
  const found = await mapSomeAtOnce(keys, (key) => findDocument(store, modelVersion, key));
  const versions = found.filter((other) => other !== undefined);
  const own = versions.find(isOwn);
  if (own !== undefined) return own.version;
  let version = Math.max(0, ...versions.map((other) => other.version)) + 1;
  for (; ; version++) {
    const key = KEYS.version(model, version);
    const outcome = await store.tryCreate(key, encodeJson({ ...document, version }));
    if (outcome.created || isOwn(decodeDocument(modelVersion, outcome.existing.body, key))) return version;
  }
}
