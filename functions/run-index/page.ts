/** Reads runs, newest start first, in a few requests however many there are. */
import { IntegrityError } from '../../core/errors.ts';
import { KEYS } from '../contract/keys.ts';
import { logger } from '../observe/logging.ts';
import type { RunStatus } from '../schemas/documents.ts';
import { runId as runIdSchema } from '../schemas/parts.ts';
import { NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { pendingChanges, readStatuses, runsIn } from './changes.ts';
import {
  byPlace,
  type Entry,
  type Head,
  isOlder,
  type Place,
  placeOf,
  readHead,
  readSegment,
} from './head.ts';

/** Segments that one page reads. */
const MOST_SEGMENTS = 3;
/** Without an index: of more runs than this only the last ids in byte order are looked at; ids that begin with the time sort by it. */
const MOST_READ = 1000;

export interface RunsAsked {
  /** How many at most. */
  limit: number;
  /** Of their ids. */
  prefix?: string | undefined;
  /** Only runs that come after this one. */
  after?: Place | undefined;
}

export interface RunsPage {
  /** The status is null where only the config is written so far, which nobody sees in an index. */
  runs: { runId: string; status: RunStatus | null }[];
  /** Where the next page begins, which may be the case of one with fewer than were asked for; undefined at the end. */
  next: Place | undefined;
  /** Whether there is an index; without one, old runs may be missing. */
  isIndexed: boolean;
}

type Reader = Pick<ObjectStore, 'get' | 'list' | 'listFolders'>;

export async function readRuns(store: Reader, asked: RunsAsked): Promise<RunsPage> {
  const { head } = await readHead(store);
  if (head === undefined) return withoutIndex(store, asked);
  try {
    return await withIndex(store, head, asked);
  } catch (error) {
    if (!(error instanceof IntegrityError || error instanceof NotFoundError)) throw error;
    logger.warn('the index of runs is damaged', { reason: error.message });
    return withoutIndex(store, asked);
  }
}

async function withIndex(
  store: Reader,
  head: Head,
  { limit, prefix = '', after }: RunsAsked,
): Promise<RunsPage> {
  const own = await readStatuses(store, runsIn(await pendingChanges(store, head)));
  const isWanted = (entry: Entry) =>
    entry.runId.startsWith(prefix) && (after === undefined || isOlder(placeOf(entry), after));
  const found = [...own]
    .flatMap(([runId, status]) => (status === undefined ? [] : [{ runId, status }]))
    .filter(isWanted);
  const add = (entries: readonly Entry[]) =>
    found.push(...entries.filter((entry) => !own.has(entry.runId) && isWanted(entry)));
  add(head.recent);
  const unread = head.segments.filter(({ oldest }) => after === undefined || isOlder(oldest, after));
  /** What comes before the runs that have not been read. */
  const certain = () => {
    const [next] = unread;
    return next === undefined ? found : found.filter((entry) => isOlder(next.newest, placeOf(entry)));
  };
  let end = after;
  for (let read = 0; read < MOST_SEGMENTS && unread.length > 0 && certain().length < limit; read++) {
    add(await readSegment(store, unread[0]!));
    end = unread.shift()!.oldest;
  }
  const sorted = certain().sort((a, b) => byPlace(placeOf(a), placeOf(b)));
  const runs = sorted.slice(0, limit);
  const isFull = runs.length === limit && (sorted.length > limit || unread.length > 0);
  return {
    runs,
    next: isFull ? placeOf(runs.at(-1)!) : unread.length > 0 ? end : undefined,
    isIndexed: true,
  };
}

async function withoutIndex(store: Reader, { limit, prefix = '', after }: RunsAsked): Promise<RunsPage> {
  const ids = (await store.listFolders(KEYS.runsPrefix))
    .filter((id) => runIdSchema.safeParse(id).success && id.startsWith(prefix))
    .slice(-MOST_READ);
  const all = [...(await readStatuses(store, ids))].map(([runId, status = null]) => ({ runId, status }));
  const place = ({ runId, status }: (typeof all)[number]) => ({
    startedAt: status?.startedAt ?? new Date(0).toISOString(),
    runId,
  });
  const wanted = all
    .filter((run) => after === undefined || isOlder(place(run), after))
    .sort((a, b) => byPlace(place(a), place(b)));
  const runs = wanted.slice(0, limit);
  return { runs, next: wanted.length > limit ? place(runs.at(-1)!) : undefined, isIndexed: false };
}
