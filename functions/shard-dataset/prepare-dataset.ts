/** From a dataset's files, wherever they are, to its shards in the bucket. */
import type { z } from 'zod';
import type { DownloadRequest } from '../download/download-file.ts';
import { DownloadUnfinishedError, downloadFiles } from '../download/download-files.ts';
import { KeptFiles } from '../download/kept-files.ts';
import type { shardDatasetInput, shardDatasetOutput } from '../schemas/payloads.ts';
import { type ShardRequest, shardDataset } from './shard-dataset.ts';

type PrepareRequest = z.output<typeof shardDatasetInput> &
  Omit<DownloadRequest, 'dataset' | 'file' | 'source' | 'kept'> &
  Pick<ShardRequest, 'shardRows'>;

/** Sharding is begun after a download with so much time at least. */
const SHARDING_MS = 600_000;

/**
 * Downloads what is not there and cuts it into shards, out of memory where it has room; a dataset that is there already is
 * taken as it is, and none of its files is asked for.
 *
 * @throws DownloadUnfinishedError when the download has left too little time: the files that are there stay
 * @throws what downloadFiles and shardDataset throw
 */
export function prepareDataset(request: PrepareRequest): Promise<z.output<typeof shardDatasetOutput>> {
  const { files, dataset, store, catalogue, shardRows, remainingMs } = request;
  const options = { ...(catalogue && { catalogue }), ...(shardRows !== undefined && { shardRows }) };
  if (files === undefined) return shardDataset({ store, dataset, ...options });
  return shardDataset({
    store,
    dataset,
    ...options,
    async bring() {
      const kept = new KeptFiles();
      const { files: brought } = await downloadFiles({ ...request, files, kept });
      if (brought.some(({ downloaded }) => downloaded) && remainingMs() < SHARDING_MS) {
        throw new DownloadUnfinishedError(
          `all ${files.length} files are there, and the time of this invocation is too short to cut them into shards`,
        );
      }
      return kept;
    },
  });
}
