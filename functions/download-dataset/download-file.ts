/** Brings one file of a dataset into the bucket, uncompressed and verified, unless it is there already. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { type Catalogue, DATASETS } from '../../core/ingest/catalogue/datasets.ts';
import type { SourceFile } from '../../core/ingest/catalogue/spec.ts';
import { specOf } from '../../core/ingest/catalogue/user-dataset.ts';
import { sourceKey } from '../dataset/sources.ts';
import { logger } from '../observe/logging.ts';
import type { downloadDatasetOutput, FileSource } from '../schemas/payloads.ts';
import { ConflictError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { readUploaded } from './copy-object.ts';
import type { FetchPolicy, MirrorAccess } from './fetch-policy.ts';
import { type ExpectedFile, fetchVerified, MAX_UNKNOWN_BYTES, type Timeouts } from './fetch-verified.ts';
import { tryMirrors } from './mirrors.ts';

export interface DownloadRequest {
  store: ObjectStore;
  dataset: string;
  file: string;
  /** Where the file is, when the catalogue doesn't know. */
  source?: FileSource | undefined;
  /** Base URLs instead of the catalogue's; empty for the catalogue's. */
  mirrors: readonly string[];
  /** What those mirrors may be: see FetchPolicy. All other URLs are always public. */
  access: MirrorAccess;
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
  catalogue?: Catalogue;
  timeouts?: Timeouts;
  backoffMs?: number;
  /** Bound on an uncompressed file whose size nobody knows. */
  maxBytes?: number;
}

const TIMEOUTS: Timeouts = { connect: 10_000, idle: 20_000, total: 540_000 };
const ROUNDS = 3;
/** Left at the end, to fail with a reason rather than be cut off. */
const MARGIN_MS = 3000;

/**
 * @throws ConfigError for a file that the dataset hasn't; DownloadError, naming what each mirror did, when none
 *   delivered it; NotFoundError or IntegrityError for an uploaded file that is not there or not what it should be;
 *   ConflictError when something else is in its place
 */
export async function downloadFile(
  request: DownloadRequest,
): Promise<z.output<typeof downloadDatasetOutput>> {
  const { store, dataset, source, maxBytes = MAX_UNKNOWN_BYTES } = request;
  const { urls, expected } = source === undefined ? catalogued(request) : declared(source);
  const key = sourceKey(dataset, request.file, source);
  const there = await sizeThere(store, key, expected.bytes);
  if (there !== undefined) {
    return { key, sha256: expected.sha256 ?? null, bytes: there, downloaded: false };
  }
  const found = { sha256: '', bytes: 0 };
  const create = (content: AsyncIterable<Uint8Array>) =>
    store.createFromStream(key, measured(content, found));
  const downloaded =
    source?.key === undefined
      ? await download(request, urls, { ...expected, maxBytes }, create)
      : await create(readUploaded(store, source.key, expected, maxBytes));
  if (downloaded) {
    logger.info('downloaded', { key, bytes: found.bytes });
    return { key, ...found, downloaded };
  }
  // Somebody else was faster, with the same file unless something is very wrong.
  const bytes = await sizeThere(store, key, expected.bytes ?? found.bytes);
  return { key, sha256: found.sha256, bytes: bytes ?? found.bytes, downloaded };
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
  const bases = mirrors.length > 0 ? mirrors : spec.mirrors;
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
    configured: mirrors.map((mirror) => new URL(mirror).origin),
  };
  const remainingMs = () => request.remainingMs() - MARGIN_MS;
  return tryMirrors(urls, { rounds: ROUNDS, backoffMs, remainingMs }, (url) => {
    const total = Math.min(timeouts.total, remainingMs());
    return create(fetchVerified(url, expected, { ...timeouts, total }, policy));
  });
}

/** Passes bytes on and says at their end what they were. */
async function* measured(
  content: AsyncIterable<Uint8Array>,
  found: { sha256: string; bytes: number },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  found.bytes = 0;
  for await (const chunk of content) {
    hash.update(chunk);
    found.bytes += chunk.length;
    yield chunk;
  }
  found.sha256 = hash.digest('hex');
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
