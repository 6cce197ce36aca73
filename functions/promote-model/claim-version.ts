/** Numbers a model's versions: each number once, and each promotion one number, however often it is tried. */
import { KEYS } from '../shared/contract.ts';
import { encodeJson } from '../shared/json.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import { type ModelVersion, modelVersion } from '../shared/schemas.ts';
import { decodeDocument, getDocument } from '../shared/verified.ts';

/** Clocks of two machines may differ by this much. */
const CLOCK_SLACK_MS = 10 * 60_000;

/**
 * Writes the version document under the next free number, unless another try of this promotion has.
 *
 * @param runStartedAt older versions can't be this run's
 * @returns the number
 */
export async function claimVersion(
  store: ObjectStore,
  document: Omit<ModelVersion, 'version'>,
  runStartedAt: Date,
): Promise<number> {
  const { model, runId, checkpoint } = document;
  const isOwn = (other: ModelVersion) =>
    other.runId === runId && other.checkpoint.sha256 === checkpoint.sha256;
  // The search for earlier tries and for a free number start from one list: what is written after it is met below.
  const keys = await store.list(KEYS.versionsPrefix(model));
  let version = 1;
  for (const key of keys.reverse()) {
    const other = await getDocument(store, modelVersion, key);
    if (isOwn(other)) return other.version;
    version = Math.max(version, other.version + 1);
    if (Date.parse(other.promotedAt) < runStartedAt.getTime() - CLOCK_SLACK_MS) break;
  }
  for (; ; version++) {
    const key = KEYS.version(model, version);
    const outcome = await store.tryCreate(key, encodeJson({ ...document, version }));
    if (outcome.created || isOwn(decodeDocument(modelVersion, outcome.existing.body, key))) return version;
  }
}
