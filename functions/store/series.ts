/**
 * Documents that are written once, each under a number, and read many at a time: a run's metrics by step, a model's
 * versions by number. The listing of their folder says which there are. An index spares reading each of them: it holds
 * the newest ones that were folded into it, and names segments with the older ones.
 */
import * as z from 'zod';
import { IntegrityError } from '../../core/errors.ts';
import { logger } from '../observe/logging.ts';
import { NotFoundError } from './errors.ts';
import { encodeJson } from './json.ts';
import type { ObjectStore } from './object-store.ts';
import { sha256 } from './sha256.ts';
import { mapSomeAtOnce } from './some-at-once.ts';
import { decodeDocument, getVerified } from './verified.ts';

export interface Series<T extends object> {
  /** Folder of the documents, whose names begin with their numbers, all of the same length. */
  prefix: string;
  keyOf: (number: number) => string;
  numberOf: (document: T) => number;
  schema: z.ZodType<T>;
  index: string;
  /** @param from number of its first document; digest: of its bytes */
  segment: (from: number, digest: string) => string;
}

/** What a segment holds at most, in documents and in bytes of JSON: with both, an answer stays far below Lambda's 6 MB. */
const SEGMENT = { documents: 512, bytes: 524_288 } as const;
/** Folded at once, so that an index over very many documents is made by several writers, and each in time. */
const MOST_FOLDED = 2000;
/** Bytes of documents that one page holds. */
const PAGE_BYTES = 3_500_000;
const MOST_RACES = 5;

const number = z.int().min(0);
const segmentRef = z.strictObject({
  key: z.string(),
  sha256: z.string(),
  from: number,
  to: number,
  documents: number,
});
type SegmentRef = z.output<typeof segmentRef>;

interface Index<T extends object> {
  formatVersion: 1;
  /** The highest number that was folded, whether there was a document or not; −1 for none. */
  last: number;
  /** Oldest first. */
  segments: SegmentRef[];
  recent: T[];
}

const indexOf = <T extends object>(document: z.ZodType<T>) =>
  z.strictObject({
    formatVersion: z.literal(1),
    last: z.int().min(-1),
    segments: z.array(segmentRef),
    recent: z.array(document),
  });

export interface SeriesPage<T> {
  /** By number, the lowest first. */
  documents: T[];
  /** Documents beyond the page that are known of: older ones of the newest, newer ones of those after a number. */
  omitted: number;
}

type Opened<T extends object> = { index: Index<T>; etag: string | undefined };

/** One that is damaged counts as one that is not there: it only spares requests, and the next fold writes another. */
async function open<T extends object>(
  store: Pick<ObjectStore, 'get'>,
  series: Series<T>,
): Promise<Opened<T>> {
  const object = await store.get(series.index);
  const empty: Index<T> = { formatVersion: 1, last: -1, segments: [], recent: [] };
  if (object === undefined) return { index: empty, etag: undefined };
  try {
    return { index: decodeDocument(indexOf(series.schema), object.body, series.index), etag: object.etag };
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    logger.warn('index is damaged, and made anew', { key: series.index, reason: error.message });
    return { index: empty, etag: object.etag };
  }
}

/** The highest number that the index knows; −1 where there is none. */
export const lastFolded = async <T extends object>(
  store: Pick<ObjectStore, 'get'>,
  series: Series<T>,
): Promise<number> => (await open(store, series)).index.last;

type Reader = Pick<ObjectStore, 'get' | 'listWithSizes'>;

/** The newest documents below `before`. @param most how many of them at most */
export async function newestOf<T extends object>(
  store: Reader,
  series: Series<T>,
  most: number,
  before = Number.POSITIVE_INFINITY,
): Promise<SeriesPage<T>> {
  const { index } = await open(store, series);
  const older = index.segments.filter(({ from }) => from < before);
  const known = new Map(index.recent.map((document) => [series.numberOf(document), document]));
  const numbersBelow = () => [...known.keys()].filter((each) => each < before).sort((a, b) => a - b);
  // One segment is enough for a page; the rest of one that lies across two is asked for by the next.
  if (numbersBelow().length < most) await addSegment(store, series, older.pop(), known);
  const numbers = numbersBelow();
  // Where nothing older is folded, what lies below is none of the index, and only the listing knows it.
  const isWhole = older.length === 0 && numbers.length <= most;
  const from = isWhole ? 0 : (numbers.at(-most) ?? numbers[0] ?? 0);
  const listed = (await numbersFrom(store, series, from, before)).filter(({ bytes }) => bytes > 0);
  const page = withinBytes(listed.reverse().slice(0, most)).reverse();
  const foldedBelow =
    numbers.filter((each) => each < from).length + older.reduce((sum, { documents }) => sum + documents, 0);
  const documents = await bodiesOf(store, series, page, known);
  // Here all were deleted.
  if (documents.length === 0 && foldedBelow > 0) return newestOf(store, series, most, from);
  return { documents, omitted: foldedBelow + listed.length - page.length };
}

/** The documents with numbers above `after`. @param most how many of them at most */
export async function documentsAfter<T extends object>(
  store: Reader,
  series: Series<T>,
  after: number,
  most: number,
): Promise<SeriesPage<T>> {
  const { index } = await open(store, series);
  const newer = index.segments.filter(({ to }) => to > after);
  const known = new Map(index.recent.map((document) => [series.numberOf(document), document]));
  await addSegment(store, series, newer.shift(), known);
  // The page ends before what would take another segment.
  const end = newer[0]?.from ?? Number.POSITIVE_INFINITY;
  const listed = await numbersFrom(store, series, after + 1, end, most + 1);
  const below = listed.filter(({ bytes, number }) => bytes > 0 && number < end);
  const page = withinBytes(below.slice(0, most));
  const last = page.at(-1)?.number ?? after;
  const foldedBeyond =
    index.recent.filter((document) => series.numberOf(document) > last).length +
    newer.reduce((sum, { documents }) => sum + documents, 0);
  const documents = await bodiesOf(store, series, page, known);
  return { documents, omitted: Math.max(foldedBeyond, below.length - page.length) };
}

/** All documents, the lowest number first: a request for each thousand of them, for each segment, and for each that is not folded. */
export async function allOf<T extends object>(store: Reader, series: Series<T>): Promise<T[]> {
  const { index } = await open(store, series);
  const known = new Map(index.recent.map((document) => [series.numberOf(document), document]));
  for (const segment of index.segments) await addSegment(store, series, segment, known);
  const listed = await numbersFrom(store, series, 0);
  return bodiesOf(
    store,
    series,
    listed.filter(({ bytes }) => bytes > 0),
    known,
  );
}

/** Numbers of the newest documents, the lowest first. @param most about how many; more where some are not folded */
export async function newestNumbers<T extends object>(
  store: Reader,
  series: Series<T>,
  most: number,
): Promise<{ number: number; bytes: number }[]> {
  const { index } = await open(store, series);
  return numbersFrom(store, series, Math.max(0, index.last - most + 1));
}

interface Listed {
  number: number;
  bytes: number;
}

/** Numbers from `from` on, with the sizes of their objects: 0 of what was deleted. */
export async function numbersFrom<T extends object>(
  store: Reader,
  { prefix, keyOf }: Series<T>,
  from: number,
  before = Number.POSITIVE_INFINITY,
  most = Number.POSITIVE_INFINITY,
): Promise<Listed[]> {
  const range = {
    ...(from > 0 ? { after: keyOf(from - 1) } : {}),
    ...(Number.isFinite(Math.min(most, before)) ? { most: Math.min(most, before - from) } : {}),
  };
  const objects = await store.listWithSizes(prefix, range);
  return objects
    .flatMap(({ key, bytes }) => {
      const digits = /\/(\d+)\.json$/.exec(key)?.[1];
      return digits === undefined ? [] : [{ number: Number(digits), bytes }];
    })
    .filter(({ number }) => number < before);
}

/** As many from the first on as fit into a page, but one at least. */
function withinBytes(listed: readonly Listed[]): Listed[] {
  let sum = 0;
  const end = listed.findIndex(({ bytes }, place) => {
    sum += bytes;
    return sum > PAGE_BYTES && place > 0;
  });
  return end < 0 ? [...listed] : listed.slice(0, end);
}

/** One that is lost or damaged is left out: its documents are read one by one. */
async function addSegment<T extends object>(
  store: Reader,
  { schema, numberOf }: Series<T>,
  segment: SegmentRef | undefined,
  known: Map<number, T>,
): Promise<void> {
  if (segment === undefined) return;
  try {
    const bytes = await getVerified(store, segment.key, segment.sha256);
    for (const document of decodeDocument(z.array(schema), bytes, segment.key)) {
      known.set(numberOf(document), document);
    }
  } catch (error) {
    if (!(error instanceof IntegrityError || error instanceof NotFoundError)) throw error;
    logger.warn('segment is not used', { key: segment.key, reason: error.message });
  }
}

async function bodiesOf<T extends object>(
  store: Reader,
  series: Series<T>,
  page: readonly Listed[],
  known: ReadonlyMap<number, T>,
): Promise<T[]> {
  const documents = await mapSomeAtOnce(
    page,
    async ({ number }) => known.get(number) ?? (await find(store, series, number)),
  );
  // One may be deleted while the others are read.
  return documents.filter((document) => document !== undefined);
}

/** @returns undefined where there is none, or an empty object: it was deleted */
async function find<T extends object>(
  store: Pick<ObjectStore, 'get'>,
  { keyOf, schema }: Series<T>,
  number: number,
): Promise<T | undefined> {
  const key = keyOf(number);
  const object = await store.get(key);
  if (object === undefined || object.body.length === 0) return undefined;
  return decodeDocument(schema, object.body, key);
}

/**
 * Takes documents into the index. What others have folded meanwhile, and what lies below it, is left out: it is read one
 * by one.
 *
 * @param numbers of documents that are there, or were deleted
 */
export async function fold<T extends object>(
  store: ObjectStore,
  series: Series<T>,
  numbers: readonly number[],
): Promise<void> {
  for (let race = 1; race <= MOST_RACES; race++) {
    const { index, etag } = await open(store, series);
    const added = numbers
      .filter((each) => each > index.last)
      .sort((a, b) => a - b)
      .slice(0, MOST_FOLDED);
    const last = added.at(-1);
    if (last === undefined) return;
    const found = await mapSomeAtOnce(added, (each) => find(store, series, each));
    const recent = [...index.recent, ...found.filter((document) => document !== undefined)];
    const next = { ...index, last, ...(await cut(store, series, index.segments, recent)) };
    if (await store.tryReplace(series.index, encodeJson(next), etag)) return;
  }
  logger.warn('not folded: lost races against other writes', { key: series.index });
}

/** What fills a segment becomes one. */
async function cut<T extends object>(
  store: ObjectStore,
  series: Series<T>,
  segments: readonly SegmentRef[],
  documents: readonly T[],
): Promise<Pick<Index<T>, 'segments' | 'recent'>> {
  const all = [...segments];
  let recent: T[] = [];
  let bytes = 0;
  for (const document of documents) {
    recent.push(document);
    bytes += encodeJson(document).length;
    if (recent.length < SEGMENT.documents && bytes < SEGMENT.bytes) continue;
    const body = encodeJson(recent);
    const digest = sha256(body);
    const [from, to] = [series.numberOf(recent[0]!), series.numberOf(document)];
    const key = series.segment(from, digest);
    await store.createImmutable(key, body);
    all.push({ key, sha256: digest, from, to, documents: recent.length });
    [recent, bytes] = [[], 0];
  }
  return { segments: all, recent };
}
