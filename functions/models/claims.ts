/** How a promotion takes a number: in a few requests, however many versions there are. */
import * as z from 'zod';
import { KEYS } from '../contract/keys.ts';
import type { ModelVersion } from '../schemas/documents.ts';
import { encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { fold, lastFolded } from '../store/series.ts';
import { decodeDocument } from '../store/verified.ts';
import { newestOf } from './latest.ts';
import { decodeVersion, findLatest, versionsOf } from './versions.ts';

/** A version that has no number yet. */
export type NewVersion = Omit<ModelVersion, 'version'>;

const claim = z.strictObject({ formatVersion: z.literal(1), version: z.int().min(1) });

/** Versions that are read one by one until they are folded. */
const MOST_SINGLE = 4;

/**
 * Writes the version document under the first free number, or finds the one that an attempt of this promotion before has
 * written: each number is given once, and a promotion is given one.
 *
 * The claim names the number before the document is written there, and goes on to another only when the number is
 * another promotion's for good. So the promotion's document is at the number that its claim names, or nowhere.
 *
 * @returns the number
 */
export async function claimVersion(store: ObjectStore, document: NewVersion): Promise<number> {
  const { model, runId, checkpoint } = document;
  const key = KEYS.claim(model, runId, checkpoint.sha256);
  for (;;) {
    const present = await store.get(key);
    if (present === undefined) {
      await store.tryReplace(key, await claimOn(store, model, await highestKnown(store, model)), undefined);
      continue;
    }
    const { version } = decodeDocument(claim, present.body, key);
    const outcome = await store.tryCreate(KEYS.version(model, version), encodeJson({ ...document, version }));
    if (outcome.created) return version;
    const existing = decodeVersion(outcome.existing.body, KEYS.version(model, version));
    if (existing !== undefined && isSamePromotion(existing, document)) return version;
    await store.tryReplace(key, await claimOn(store, model, version), present.etag);
  }
}

/** Of the first free number above `taken`. */
async function claimOn(store: ObjectStore, model: string, taken: number): Promise<Uint8Array> {
  return encodeJson({ formatVersion: 1, version: await nextFree(store, model, taken) });
}

/** A number that was given, about the highest. */
async function highestKnown(store: ObjectStore, model: string): Promise<number> {
  const latest = await findLatest(store, model);
  const served = latest === undefined ? 0 : newestOf(latest);
  return Math.max(served, latest?.candidate?.version ?? 0, await lastFolded(store, versionsOf(model)), 0);
}

/**
 * Numbers are given one after the other, and never given back. So the first free one is looked for in steps that grow,
 * and then between the last number that is taken and the first that is not.
 *
 * @param taken 0 or a number that was given
 */
async function nextFree(store: ObjectStore, model: string, taken: number): Promise<number> {
  const isTaken = async (version: number) => (await store.size(KEYS.version(model, version))) !== undefined;
  let free = taken + 1;
  let last = taken;
  for (let step = 1; await isTaken(free); step *= 4) {
    last = free;
    free += step;
  }
  while (free - last > 1) {
    const middle = Math.floor((last + free) / 2);
    if (await isTaken(middle)) last = middle;
    else free = middle;
  }
  return free;
}

/** Takes the newest versions into the index when so many are not in it that reading them one by one is worth sparing. */
export async function foldVersions(store: ObjectStore, model: string, version: number): Promise<void> {
  const series = versionsOf(model);
  const last = Math.max(0, await lastFolded(store, series));
  if (version - last <= MOST_SINGLE) return;
  await fold(
    store,
    series,
    Array.from({ length: version - last }, (_, place) => last + 1 + place),
  );
}

const isSamePromotion = (a: NewVersion, b: NewVersion): boolean =>
  a.runId === b.runId && a.checkpoint.sha256 === b.checkpoint.sha256;
