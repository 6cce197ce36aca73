/** Takes announced changes into the index of runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { IntegrityError } from '../../core/errors.ts';
import { KEYS } from '../contract/keys.ts';
import { logger } from '../observe/logging.ts';
import { NotFoundError } from '../store/errors.ts';
import { encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { sha256 } from '../store/sha256.ts';
import { announcedSince, parseChange, pendingChanges, readStatuses, runsIn, stillOpen } from './changes.ts';
import {
  byPlace,
  type Entry,
  type Head,
  isOlder,
  placeOf,
  readHead,
  readSegment,
  type Segment,
  type StoredHead,
} from './head.ts';

/** Runs whose statuses a reader looks at itself; more than so many are folded. */
const MOST_PENDING = 4;
/** Runs in the head at most, and how many are left there when the older ones go into a segment. */
const RECENT = { most: 192, left: 64 } as const;
/** Runs of a segment: about half a megabyte. */
const SEGMENT_RUNS = 512;
/**
 * Of two that fold at once, one has taken in what the other has announced; so nobody loses often. Where very many change
 * at once, each waits a moment in proportion, and most find that another has folded for them.
 */
const MOST_RACES = 5;
const RACE_PAUSE_MS = 20;
const CROWD = { runs: 16, pauseMs: 5 } as const;

/**
 * Folds when it is due. What is not folded, for whatever reason, is no loss: readers look at it themselves, and the next
 * change folds it.
 *
 * @param seen the head as it was when this writer's change was announced
 */
export async function foldIfDue(store: ObjectStore, seen: StoredHead, now: Date): Promise<void> {
  let stored = seen;
  for (let race = 1; race <= MOST_RACES; race++) {
    const { head, etag } = stored;
    // The next run that is started makes one.
    if (head === undefined) return;
    const changes = await pendingChanges(store, head);
    const pending = runsIn(changes).length;
    if (pending <= MOST_PENDING) return;
    if (race === 1 && pending > CROWD.runs) {
      await sleep(Math.random() * CROWD.pauseMs * pending);
      stored = await readHead(store);
      continue;
    }
    const statuses = await readStatuses(store, runsIn(changes));
    const open = stillOpen(changes, statuses, now);
    const entries = entriesOf(statuses);
    try {
      const next = await withEntries(store, head, entries);
      const folded = changes.filter(({ name }) => !open.has(name)).map(({ name }) => name);
      const done = { ...next, epoch: head.epoch + 1, open: [...open], folded };
      if (await store.tryReplace(KEYS.runIndex, encodeJson(done), etag)) return;
    } catch (error) {
      if (!(error instanceof IntegrityError || error instanceof NotFoundError)) throw error;
      logger.warn('the index of runs is damaged, and not changed', { reason: error.message });
      return;
    }
    await sleep(Math.random() * RACE_PAUSE_MS * race);
    stored = await readHead(store);
  }
  logger.warn('the index of runs was not changed: lost races against other writes', {});
}

const entriesOf = (statuses: Awaited<ReturnType<typeof readStatuses>>): Entry[] =>
  [...statuses].flatMap(([runId, status]) => (status === undefined ? [] : [{ runId, status }]));

/** Each run in its place; segments that change are written anew. @throws IntegrityError when one is damaged */
async function withEntries(
  store: ObjectStore,
  head: Head,
  entries: readonly Entry[],
): Promise<Pick<Head, 'formatVersion' | 'recent' | 'segments'>> {
  const { segments } = head;
  const isRecent = (entry: Entry) => segments.length === 0 || isOlder(segments[0]!.newest, placeOf(entry));
  const older = Map.groupBy(
    entries.filter((entry) => !isRecent(entry)),
    (entry) => {
      const own = segments.findIndex(({ oldest }) => !isOlder(placeOf(entry), oldest));
      return own < 0 ? segments.length - 1 : own;
    },
  );
  const changed: Segment[] = [];
  for (const [index, segment] of segments.entries()) {
    const own = older.get(index);
    if (own === undefined) changed.push(segment);
    else changed.push(...(await writeSegments(store, merged(await readSegment(store, segment), own))));
  }
  const recent = merged(head.recent, entries.filter(isRecent));
  if (recent.length > RECENT.most) {
    const moved = recent.splice(RECENT.left);
    const [first] = changed;
    const joined =
      first !== undefined && first.runs + moved.length <= SEGMENT_RUNS ? changed.shift() : undefined;
    const all = joined === undefined ? moved : [...moved, ...(await readSegment(store, joined))];
    changed.unshift(...(await writeSegments(store, all)));
  }
  return { formatVersion: 1, recent, segments: changed };
}

/** Sorted, with the newer of two entries of a run. */
function merged(entries: readonly Entry[], changed: readonly Entry[]): Entry[] {
  const byRun = new Map([...entries, ...changed].map((entry) => [entry.runId, entry]));
  return [...byRun.values()].sort((a, b) => byPlace(placeOf(a), placeOf(b)));
}

async function writeSegments(store: ObjectStore, entries: readonly Entry[]): Promise<Segment[]> {
  const written: Segment[] = [];
  for (let at = 0; at < entries.length; at += SEGMENT_RUNS) {
    const part = entries.slice(at, at + SEGMENT_RUNS);
    const bytes = encodeJson(part);
    const digest = sha256(bytes);
    const key = KEYS.runIndexSegment(digest);
    await store.createImmutable(key, bytes);
    const [newest, oldest] = [placeOf(part[0]!), placeOf(part.at(-1)!)];
    written.push({ key, sha256: digest, newest, oldest, runs: part.length });
  }
  return written;
}

/**
 * Makes the index of all runs that are there, in place of a missing or a damaged one; somebody who is faster has made
 * one as good. Changes that are made meanwhile are announced, and so none is lost.
 *
 * @param etag of the head that is replaced
 */
async function buildIndex(store: ObjectStore, etag: string | undefined, now: Date): Promise<number> {
  const announced = await announcedSince(store, 0);
  const runIds = await store.listFolders(KEYS.runsPrefix);
  const changes = announced.map(({ name }) => parseChange(name));
  const statuses = await readStatuses(store, [...new Set([...runIds, ...runsIn(changes)])]);
  const open = stillOpen(changes, statuses, now);
  const last = announced.at(-1)?.epoch ?? 0;
  const empty: Head = { formatVersion: 1, epoch: last + 1, folded: [], open: [], recent: [], segments: [] };
  const entries = entriesOf(statuses);
  const next = {
    ...empty,
    ...(await withEntries(store, empty, entries)),
    open: [...open],
    folded: announced.filter(({ name, epoch }) => epoch === last && !open.has(name)).map(({ name }) => name),
  };
  await store.tryReplace(KEYS.runIndex, encodeJson(next), etag);
  logger.info('the index of runs was made', { runs: entries.length });
  return entries.length;
}

/** Makes the index anew, whatever there is. @returns how many runs are in it */
export async function rebuildIndex(store: ObjectStore, now: Date): Promise<number> {
  return buildIndex(store, (await readHead(store)).etag, now);
}

/**
 * Makes the index where there is none, or a damaged one: for functions that may look at all runs.
 *
 * @returns the head as it was then
 */
export async function ensureIndex(store: ObjectStore, now: Date): Promise<StoredHead> {
  const seen = await readHead(store);
  if (seen.head !== undefined) return seen;
  await buildIndex(store, seen.etag, now);
  return readHead(store);
}
