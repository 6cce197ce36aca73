/**
 * Whoever changes a run's status announces it first: by an empty object whose key says all. So a reader of the index
 * knows which statuses it has to look at itself, whatever becomes of the writer.
 */
import { KEYS } from '../contract/keys.ts';
import { type RunStatus, runStatus } from '../schemas/documents.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { mapSomeAtOnce } from '../store/some-at-once.ts';
import { findDocument } from '../store/verified.ts';
import { type Head, readHead, type StoredHead } from './head.ts';

const NOTHING = new Uint8Array(0);
/** A writer that has not made its change by then is dead: far longer than any function lives, or sleeps with a machine. */
const DEAD_AFTER_MS = 24 * 3600_000;

type Stamp = Pick<RunStatus, 'state' | 'updatedAt'>;
const idOf = ({ updatedAt, state }: Stamp): string => `${updatedAt}-${state}`;

/** A change as its key has it: what the status becomes, what it was, and whose it is. */
interface Change {
  name: string;
  id: string;
  before: string;
  runId: string;
}

function parseChange(name: string): Change {
  const [id = '', before = '', ...rest] = name.split('_');
  return { name, id, before, runId: rest.join('_') };
}

/**
 * Says that the status is about to change, in the folder of the epoch. An epoch that has ended meanwhile is not looked
 * at any more, so whoever was late says it again.
 *
 * @param seen the head as it was a moment ago
 * @param before the present status; undefined for a run that has none
 * @returns the head as it was then
 */
export async function announce(
  store: ObjectStore,
  seen: StoredHead,
  runId: string,
  { before, after }: { before: Stamp | undefined; after: Stamp },
): Promise<StoredHead> {
  const name = `${idOf(after)}_${before === undefined ? 'none' : idOf(before)}_${runId}`;
  let last = seen;
  for (;;) {
    const epoch = epochOf(last);
    await store.createImmutable(KEYS.runChange(epoch, name), NOTHING);
    const now = await readAgain(store, last);
    if (epochOf(now) <= epoch) return now;
    last = now;
  }
}

/** Before there is an index, changes are announced for the one that will be made first. */
const epochOf = ({ head }: StoredHead): number => head?.epoch ?? 0;

async function readAgain(store: ObjectStore, seen: StoredHead): Promise<StoredHead> {
  if (seen.head === undefined || seen.etag === undefined) return readHead(store);
  const now = await store.getIfChanged(KEYS.runIndex, seen.etag);
  return now === 'unchanged' ? seen : readHead(store);
}

/**
 * Changes that a reader of this head has to look into: those of its epoch, of the one before, which somebody may have
 * announced while the head was written, and those that it knows to be open.
 */
export async function pendingChanges(store: Pick<ObjectStore, 'list'>, head: Head): Promise<Change[]> {
  const folded = new Set(head.folded);
  const announced = (await announcedSince(store, head.epoch - 1)).map(({ name }) => name);
  const names = new Set([...head.open, ...announced.filter((name) => !folded.has(name))]);
  return [...names].map(parseChange);
}

/** All changes that were announced in this epoch and later ones. */
export async function announcedSince(
  store: Pick<ObjectStore, 'list'>,
  epoch: number,
): Promise<{ name: string; epoch: number }[]> {
  const prefix = KEYS.runChangesPrefix;
  const keys = await store.list(prefix, { after: KEYS.runChange(epoch, '') });
  return keys.map((key) => {
    const [folder = '', name = ''] = key.slice(prefix.length).split('/');
    return { name, epoch: Number(folder) };
  });
}

export const runsIn = (changes: readonly Change[]): string[] => [
  ...new Set(changes.map(({ runId }) => runId)),
];

export type Statuses = ReadonlyMap<string, RunStatus | undefined>;

export async function readStatuses(
  store: Pick<ObjectStore, 'get'>,
  runIds: readonly string[],
): Promise<Map<string, RunStatus | undefined>> {
  const found = await mapSomeAtOnce(
    runIds,
    async (runId): Promise<[string, RunStatus | undefined]> => [
      runId,
      await findDocument(store, runStatus, KEYS.status(runId)),
    ],
  );
  return new Map(found);
}

/**
 * Names of the changes that may still be made. One is over when the status says so, or when somebody has found it there
 * before a change of his own; and when its writer is dead.
 *
 * @param statuses read after the changes
 */
export function stillOpen(changes: readonly Change[], statuses: Statuses, now: Date): Set<string> {
  const made = new Set(changes.map(({ runId, before }) => `${before}_${runId}`));
  for (const [runId, status] of statuses) {
    if (status !== undefined) made.add(`${idOf(status)}_${runId}`);
  }
  const isMade = ({ id, runId }: Change) => made.has(`${id}_${runId}`);
  const open = changes.filter((change) => !isMade(change) && !isDead(change.id, now));
  return new Set(open.map(({ name }) => name));
}

/** @param id begins with a time in ISO 8601, 24 characters */
const isDead = (id: string, now: Date): boolean =>
  now.getTime() - Date.parse(id.slice(0, 24)) > DEAD_AFTER_MS;

export { parseChange };
