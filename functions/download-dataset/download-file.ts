/** Brings one file of a dataset into the bucket, uncompressed and verified, unless it is there already. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { CATALOGUE, type Catalogue, datasetSpec } from '../../core/data/catalogue.ts';
import { KEYS } from '../shared/contract.ts';
import { ConfigError, DownloadError } from '../shared/errors.ts';
import { logger } from '../shared/logging.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import type { downloadDatasetOutput } from '../shared/schemas.ts';
import { fetchVerified, MirrorError } from './fetch-verified.ts';

export interface DownloadRequest {
  store: ObjectStore;
  dataset: string;
  file: string;
  /** Base URLs instead of the catalogue's; empty for the catalogue's. */
  mirrors: readonly string[];
  catalogue?: Catalogue;
  /** Milliseconds before the second round over the mirrors; doubled for each further one. */
  backoffMs?: number;
}

const ROUNDS = 3;

/**
 * @throws ConfigError for a file that the dataset hasn't; DownloadError, naming what each mirror did, when none
 *   delivered it
 */
export async function downloadFile(
  request: DownloadRequest,
): Promise<z.output<typeof downloadDatasetOutput>> {
  const { store, catalogue = CATALOGUE, backoffMs = 1000 } = request;
  const spec = datasetSpec(request.dataset, catalogue);
  const file = spec.files.find((candidate) => candidate.name === request.file);
  if (file === undefined) {
    const names = spec.files.map(({ name }) => name).join(', ');
    throw new ConfigError(`file: got ${JSON.stringify(request.file)}, expected one of ${names}`);
  }
  const key = KEYS.source(spec.name, file.name);
  const result = { key, sha256: file.sha256, bytes: file.bytes };
  // It became visible only after its hash was checked, so presence with the right size is enough to skip; whoever
  // reads it checks the hash again.
  if ((await store.size(key)) === file.bytes) return { ...result, downloaded: false };

  const mirrors = request.mirrors.length > 0 ? request.mirrors : spec.mirrors;
  const failures: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0) await sleep(backoffMs * 2 ** (round - 1));
    for (const mirror of mirrors) {
      const url = `${mirror}${file.name}.gz`;
      try {
        await store.createFromStream(key, fetchVerified(url, file));
        logger.info('downloaded', { url, key, bytes: file.bytes });
        return { ...result, downloaded: true };
      } catch (error) {
        if (!(error instanceof MirrorError)) throw error;
        logger.warn('mirror failed', { url, reason: error.message });
        failures.push(`${url}: ${error.message}`);
      }
    }
  }
  throw new DownloadError(`${file.name}: ${failures.join('; ')}`);
}
