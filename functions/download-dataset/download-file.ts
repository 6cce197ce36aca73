/** Brings one file of a dataset into the bucket, uncompressed and verified, unless it is there already. */
import type { z } from 'zod';
import { CATALOGUE, type Catalogue, datasetSpec } from '../../core/data/catalogue.ts';
import { KEYS } from '../shared/contract.ts';
import { ConfigError, ConflictError } from '../shared/errors.ts';
import { logger } from '../shared/logging.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import type { downloadDatasetOutput } from '../shared/schemas.ts';
import type { FetchPolicy, MirrorAccess } from './fetch-policy.ts';
import { fetchVerified, type Timeouts } from './fetch-verified.ts';
import { tryMirrors } from './mirrors.ts';

export interface DownloadRequest {
  store: ObjectStore;
  dataset: string;
  file: string;
  /** Base URLs instead of the catalogue's; empty for the catalogue's. */
  mirrors: readonly string[];
  /** What those mirrors may be: see FetchPolicy. The catalogue's are always public. */
  access: MirrorAccess;
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
  catalogue?: Catalogue;
  timeouts?: Timeouts;
  backoffMs?: number;
}

const TIMEOUTS: Timeouts = { connect: 10_000, idle: 20_000, total: 240_000 };
const ROUNDS = 3;
/** Left at the end, to fail with a reason rather than be cut off. */
const MARGIN_MS = 3000;

/**
 * @throws ConfigError for a file that the dataset hasn't; DownloadError, naming what each mirror did, when none
 *   delivered it; ConflictError when something else is in its place
 */
export async function downloadFile(
  request: DownloadRequest,
): Promise<z.output<typeof downloadDatasetOutput>> {
  const { store, catalogue = CATALOGUE, timeouts = TIMEOUTS, backoffMs = 1000 } = request;
  const spec = datasetSpec(request.dataset, catalogue);
  const file = spec.files.find((candidate) => candidate.name === request.file);
  if (file === undefined) {
    const names = spec.files.map(({ name }) => name).join(', ');
    throw new ConfigError(`file: got ${JSON.stringify(request.file)}, expected one of ${names}`);
  }
  const key = KEYS.source(spec.name, file.name);
  const { bytes, sha256 } = file;
  if (await isThere(store, key, bytes)) return { key, sha256, bytes, downloaded: false };

  const mirrors = request.mirrors.length > 0 ? request.mirrors : spec.mirrors;
  const urls = mirrors.map((mirror) => `${mirror}${file.name}.gz`);
  const policy: FetchPolicy = {
    access: request.access,
    configured: request.mirrors.map((mirror) => new URL(mirror).origin),
  };
  const remainingMs = () => request.remainingMs() - MARGIN_MS;
  const downloaded = await tryMirrors(urls, { rounds: ROUNDS, backoffMs, remainingMs }, async (url) => {
    const total = Math.min(timeouts.total, remainingMs());
    const created = await store.createFromStream(
      key,
      fetchVerified(url, file, { ...timeouts, total }, policy),
    );
    if (created) logger.info('downloaded', { url, key, bytes });
    return created;
  });
  // Somebody else was faster, with the same file unless something is very wrong.
  if (!downloaded) await isThere(store, key, bytes);
  return { key, sha256, bytes, downloaded };
}

/**
 * The file became visible only after its hash was checked, so the right size is enough to skip the download; whoever
 * reads it checks the hash again.
 */
async function isThere(store: ObjectStore, key: string, bytes: number): Promise<boolean> {
  const size = await store.size(key);
  if (size === undefined || size === bytes) return size !== undefined;
  throw new ConflictError(`${key} has ${size} bytes, expected ${bytes}; delete it to download it again`);
}
