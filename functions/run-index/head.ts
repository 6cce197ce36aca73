/**
 * The index of runs: their statuses, newest start first, in few objects. Its head has the newest runs itself and names
 * segments with the older ones. docs/architecture.md, "The index of runs", has the rules.
 */
import * as z from 'zod';
import { IntegrityError } from '../../core/errors.ts';
import { KEYS } from '../contract/keys.ts';
import { logger } from '../observe/logging.ts';
import { runStatus } from '../schemas/documents.ts';
import { isoTime, runId } from '../schemas/parts.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodeDocument, getVerified } from '../store/verified.ts';

/** Where a run stands in the index: a run's first start never changes, and so neither does its place. */
export const place = z.strictObject({ startedAt: isoTime, runId });
export type Place = z.output<typeof place>;

const entry = z.strictObject({ runId, status: runStatus });
export type Entry = z.output<typeof entry>;
export const placeOf = ({ runId: id, status }: Entry): Place => ({ startedAt: status.startedAt, runId: id });

const segment = z.strictObject({
  key: z.string(),
  sha256: z.string(),
  newest: place,
  oldest: place,
  runs: z.int().min(1),
});
export type Segment = z.output<typeof segment>;

const head = z.strictObject({
  formatVersion: z.literal(1),
  /** Counts the folds: changes are announced in the folder of the epoch. */
  epoch: z.int().min(1),
  /** Announced changes in the folder of the epoch before that need no look at the run any more. */
  folded: z.array(z.string()),
  /** Changes that were announced, and of which nobody has seen yet that they were made. */
  open: z.array(z.string()),
  recent: z.array(entry),
  /** Newest first; all runs in them are older than the recent ones. */
  segments: z.array(segment),
});
export type Head = z.output<typeof head>;

export interface StoredHead {
  /** undefined where there is none, or a damaged one. */
  head: Head | undefined;
  etag: string | undefined;
}

export async function readHead(store: Pick<ObjectStore, 'get'>): Promise<StoredHead> {
  const key = KEYS.runIndex;
  const object = await store.get(key);
  if (object === undefined) return { head: undefined, etag: undefined };
  try {
    return { head: decodeDocument(head, object.body, key), etag: object.etag };
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    logger.warn('the index of runs is damaged', { reason: error.message });
    return { head: undefined, etag: object.etag };
  }
}

/** @throws NotFoundError or IntegrityError when the segment is not the one that the head names */
export async function readSegment(
  store: Pick<ObjectStore, 'get'>,
  { key, sha256 }: Segment,
): Promise<Entry[]> {
  return decodeDocument(z.array(entry), await getVerified(store, key, sha256), key);
}

/** For sorting: newest first, of those that started at once the last id first. */
export function byPlace(a: Place, b: Place): number {
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? 1 : -1;
  return a.runId < b.runId ? 1 : a.runId > b.runId ? -1 : 0;
}

export const isOlder = (a: Place, b: Place): boolean => byPlace(a, b) > 0;
