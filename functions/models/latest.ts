/** models/{m}/latest.json: what serves, what served before, and who is on trial. Changed by compare-and-swap only. */
import { KEYS } from '../contract/keys.ts';
import { type LatestModel, latestModel } from '../schemas/documents.ts';
import { canonicalJson, encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodeDocument, findDocument } from '../store/verified.ts';

/** Versions that are remembered for rollbacks. */
const MAX_HISTORY = 20;

/** `version` answers all requests from now on: what served can be gone back to, and a trial is over. */
export function serving(present: LatestModel | undefined, version: number): LatestModel {
  if (present === undefined) return { version };
  const served = (present.history ?? []).filter((other) => other !== version);
  if (present.version !== version) served.push(present.version);
  return withHistory(version, served.slice(-MAX_HISTORY), newestOf(present));
}

/** Without its candidate; where there is none, with what served before. undefined when nothing did. */
export function rolledBack(present: LatestModel): LatestModel | undefined {
  if (present.candidate !== undefined) return withoutCandidate(present);
  const history = present.history ?? [];
  const previous = history.at(-1);
  return previous === undefined ? undefined : withHistory(previous, history.slice(0, -1), newestOf(present));
}

/** What serves goes on alone. */
export function withoutCandidate(present: LatestModel): LatestModel {
  return withHistory(present.version, present.history ?? [], newestOf(present));
}

/** The highest version that ever served. */
export const newestOf = ({ version, newest = version }: LatestModel): number => Math.max(version, newest);

function withHistory(version: number, history: number[], newest: number): LatestModel {
  return {
    version,
    ...(history.length === 0 ? {} : { history }),
    ...(newest > version ? { newest } : {}),
  };
}

/**
 * Replaces the document by what `decide` makes of it. When somebody else changes it in between, `decide` is asked again,
 * about what is there then; after a lost answer it is not, since its own work is found.
 *
 * @param decide `undefined` leaves the document alone
 * @returns what is there afterwards
 */
export async function changeLatest(
  store: ObjectStore,
  model: string,
  decide: (present: LatestModel | undefined) => LatestModel | undefined | Promise<LatestModel | undefined>,
): Promise<LatestModel | undefined> {
  const key = KEYS.latest(model);
  for (;;) {
    const present = await findDocument(store, latestModel, key);
    const wanted = await decide(present);
    if (wanted === undefined || isSame(present, wanted)) return present;
    let isUnchanged = true;
    await store.compareAndSwap(key, (bytes) => {
      const current = bytes === undefined ? undefined : decodeDocument(latestModel, bytes, key);
      if (isSame(current, wanted)) return undefined;
      isUnchanged = isSame(current, present);
      return isUnchanged ? encodeJson(wanted) : undefined;
    });
    if (isUnchanged) return wanted;
  }
}

export function isSame(a: LatestModel | undefined, b: LatestModel | undefined): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}
