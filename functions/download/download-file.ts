/** Brings one file of a dataset into the bucket, uncompressed and verified, unless it is there already. */
import type { z } from 'zod';
import { ConfigError, IntegrityError } from '../../core/errors.ts';
import { type Catalogue, DATASETS } from '../../core/ingest/catalogue/datasets.ts';
import type { SourceFile } from '../../core/ingest/catalogue/spec.ts';
import { specOf } from '../../core/ingest/catalogue/user-dataset.ts';
import { MAX_UNKNOWN_BYTES } from '../contract/data.ts';
import { checked, Measure } from '../dataset/measure.ts';
import { sourceKey } from '../dataset/sources.ts';
import { logger } from '../observe/logging.ts';
import type { DatasetMirror, MirrorAccess } from '../schemas/mirrors.ts';
import type { datasetFile, downloaded, FileSource } from '../schemas/payloads.ts';
import { ConflictError, NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decompress } from './decompress.ts';
import type { FetchPolicy } from './fetch-policy.ts';
import { type ExpectedFile, fetchVerified, OF_COMPRESSED, type Timeouts } from './fetch-verified.ts';
import type { KeptFiles } from './kept-files.ts';
import { tryMirrors } from './mirrors.ts';

export interface DownloadRequest extends z.output<typeof datasetFile> {
  store: ObjectStore;
  /** Instead of the catalogue's, for the datasets that they have. */
  mirrors: readonly DatasetMirror[];
  /** What those mirrors may be: see FetchPolicy. All other URLs are always public. */
  access: MirrorAccess;
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
  catalogue?: Catalogue;
  timeouts?: Timeouts;
  backoffMs?: number;
  /** Bound on an uncompressed file whose size nobody knows. */
  maxBytes?: number;
  /** Takes the files that are downloaded, as far as it has room. */
  kept?: KeptFiles;
}

const TIMEOUTS: Timeouts = { connect: 10_000, idle: 20_000, total: 540_000 };
const ROUNDS = 3;
const UPLOAD_FIRST =
  "Files that a declaration names by key have to be in the app's bucket before; npm run train -- --csv FILE uploads a table, --images FOLDER pictures";
/** Left at the end, to fail with a reason rather than be cut off. */
const MARGIN_MS = 3000;

/**
 * @throws ConfigError for a file that the dataset hasn't; DownloadError, naming what each mirror did, when none
 *   delivered it; NotFoundError or IntegrityError for an uploaded file that is not there or not what it should be;
 *   ConflictError when something else is in its place
 */
export async function downloadFile(request: DownloadRequest): Promise<z.output<typeof downloaded>> {
  const { store, dataset, source, maxBytes = MAX_UNKNOWN_BYTES } = request;
  const { urls, expected } = source === undefined ? catalogued(request) : declared(source);
  const key = sourceKey(dataset, request.file, source);
  const there = await sizeThere(store, key, expected.bytes);
  if (there !== undefined) {
    return { key, sha256: expected.sha256 ?? null, bytes: there, downloaded: false };
  }
  // What is known of a file is checked while it comes.
  const measure = () => new Measure(expected.sha256 === undefined);
  let found = measure();
  const keeping = request.kept?.begin(request.file, expected.bytes);
  const create = (content: AsyncIterable<Uint8Array>) => {
    found = measure();
    return store.createFromStream(key, found.of(keeping?.of(content) ?? content));
  };
  const isDownloaded =
    source?.key === undefined
      ? await download(request, urls, { ...expected, maxBytes }, create)
      : await create(readUploaded(store, source.key, expected, maxBytes));
  if (isDownloaded) {
    logger.info('downloaded', { key, bytes: found.bytes });
    keeping?.end(expected.sha256 ?? found.sha256);
    return { key, sha256: expected.sha256 ?? found.sha256, bytes: found.bytes, downloaded: true };
  }
  // Somebody else was faster, with the same file unless something is very wrong.
  const bytes = await sizeThere(store, key, expected.bytes ?? found.bytes);
  return { key, sha256: expected.sha256 ?? found.sha256, bytes: bytes ?? found.bytes, downloaded: false };
}

interface Wanted {
  urls: string[];
  expected: ExpectedFile;
}

function catalogued({ dataset, file: name, mirrors, catalogue = DATASETS }: DownloadRequest): Wanted {
  const spec = specOf(dataset, catalogue);
  const file: SourceFile | undefined = spec.files.find((candidate) => candidate.name === name);
  if (file === undefined) {
    const names = spec.files.map((candidate) => candidate.name).join(', ');
    throw new ConfigError(`file: got ${JSON.stringify(name)}, expected one of ${names}`);
  }
  const own = mirrors.filter(({ dataset: only }) => only === undefined || only === spec.name);
  const bases = own.length > 0 ? own.map(({ url }) => url) : spec.mirrors;
  return { urls: bases.map((base) => `${base}${name}.gz`), expected: file };
}

const declared = ({ url, sha256 }: FileSource): Wanted => ({
  urls: url === undefined ? [] : [url],
  expected: sha256 === undefined ? {} : { sha256 },
});

function download(
  request: DownloadRequest,
  urls: readonly string[],
  expected: ExpectedFile,
  create: (content: AsyncIterable<Uint8Array>) => Promise<boolean>,
): Promise<boolean> {
  const { timeouts = TIMEOUTS, backoffMs = 1000, mirrors } = request;
  const policy: FetchPolicy = {
    access: request.access,
    configured: mirrors.map(({ url }) => new URL(url).origin),
  };
  const remainingMs = () => request.remainingMs() - MARGIN_MS;
  return tryMirrors(urls, { rounds: ROUNDS, backoffMs, remainingMs }, (url) => {
    const total = Math.min(timeouts.total, remainingMs());
    return create(fetchVerified(url, expected, { ...timeouts, total }, policy));
  });
}

/**
 * Yields the uncompressed bytes of a file that was uploaded; throws instead of ending when they are not the expected ones.
 *
 * @throws NotFoundError when there is no such object; IntegrityError for broken or truncated gzip, too many bytes, or
 *   another SHA-256
 */
async function* readUploaded(
  store: ObjectStore,
  key: string,
  expected: ExpectedFile,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  const uploaded = new Measure(expected.sha256 !== undefined);
  try {
    for await (const chunk of checked(decompress(uploaded.of(store.stream(key))), expected, key)) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new IntegrityError(`${key}: more than ${maxBytes} bytes`);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof NotFoundError) {
      throw new NotFoundError(`${error.message}. ${UPLOAD_FIRST}`, { cause: error });
    }
    // zlib's, as in ERR_… or Z_BUF_ERROR
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (error instanceof IntegrityError && uploaded.sha256 === expected.sha256) {
      throw new IntegrityError(`${message}. ${OF_COMPRESSED}`, { cause: error });
    }
    if (!code.startsWith('Z_')) throw error;
    throw new IntegrityError(`${key}: gzip that is broken or cut off: ${message}`, { cause: error });
  }
}

/**
 * Size of the file that is there already. It became visible only after it was checked, so the right size, where one is
 * known, is enough to skip the download; whoever reads it checks its hash again.
 */
async function sizeThere(
  store: ObjectStore,
  key: string,
  bytes: number | undefined,
): Promise<number | undefined> {
  const size = await store.size(key);
  if (size === undefined || size === (bytes ?? size)) return size;
  throw new ConflictError(`${key} has ${size} bytes, expected ${bytes}; delete it to download it again`);
}
