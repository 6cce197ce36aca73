/** What a data folder holds after its cloud has ended: the runs that succeeded, with the bytes they came to. */
import { join } from 'node:path';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { modelVersion, runConfig, runStatus } from '../../../functions/schemas/documents.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { S3Store } from '../../cloud/s3/store.ts';
import { CONFIG_HASH } from '../verify-reproducible/train-in-way.ts';

export interface FinishedRun {
  runId: string;
  /** SHA-256 of the last checkpoint. */
  sha256: string;
  /** The same of its weights alone, as `npm run verify-reproducible` prints it. */
  reproducible: string;
}

export interface Stored {
  runs: FinishedRun[];
  /** Of all models, as their version documents name them. */
  versions: number;
}

/** @throws Error when a run or a version names what is not there or is not what its SHA-256 says */
export function readStored(data: string): Stored {
  const store = new S3Store({ file: join(data, 's3.sqlite') });
  try {
    const bucket = store.buckets.list()[0]?.name;
    if (bucket === undefined) throw new Error(`${data} holds no bucket`);
    const read = (key: string): Uint8Array => {
      const bytes = store.read(bucket, key);
      if (bytes === undefined) throw new Error(`${data} holds no object ${key}`);
      return bytes;
    };
    const document = (key: string): unknown => JSON.parse(Buffer.from(read(key)).toString('utf8'));
    const query = { prefix: '', delimiter: '', after: '', maxKeys: Number.MAX_SAFE_INTEGER };
    const keys = store.objects.list(bucket, query).items.map(({ key }) => key);
    const runs = keys
      .filter((key) => /^runs\/[^/]+\/status\.json$/.test(key))
      .map((key) => ({ runId: key.split('/')[1]!, status: runStatus.parse(document(key)) }))
      .filter(({ status }) => status.state === 'succeeded')
      .map(({ runId }) => {
        const { totalSteps } = runConfig.parse(document(KEYS.runConfig(runId)));
        const bytes = read(KEYS.checkpoint(runId, totalSteps));
        const { configHash: _, ...rest } = decodeCheckpoint(bytes);
        return {
          runId,
          sha256: sha256(bytes),
          // In place of the run's own hash, which depends on the dataset's digest.
          reproducible: sha256(encodeCheckpoint({ ...rest, configHash: CONFIG_HASH })),
        };
      });
    const versions = keys.filter((key) => /^models\/[^/]+\/versions\//.test(key));
    for (const key of versions) {
      const { checkpoint } = modelVersion.parse(document(key));
      const found = sha256(read(checkpoint.key));
      if (found !== checkpoint.sha256)
        throw new Error(`${key} names ${checkpoint.sha256}, stored is ${found}`);
    }
    return { runs, versions: versions.length };
  } finally {
    store.close();
  }
}
