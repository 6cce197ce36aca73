/**
 * A store of the local cloud that has MNIST as after a first run, but only its first rows in the shards: what is about
 * the cloud and not about MNIST needs no more of them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MNIST } from '../../core/ingest/catalogue/mnist.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { shardDataset } from '../../functions/shard-dataset/shard-dataset.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { sha256 } from '../../functions/store/sha256.ts';
import { readAssembly } from '../../scripts/cloud/assembly.ts';
import { localConnection } from '../../scripts/cloud/connection.ts';
import { mnistFolder } from '../../scripts/cloud/mnist-mirror.ts';
import { describeResources } from '../../scripts/cloud/resources.ts';
import { startS3Server } from '../../scripts/cloud/s3/server.ts';
import { FIRST_ROWS, firstRows } from './mnist.ts';

/** @param file where the store is made, as the local cloud of this assembly finds it in its data folder */
export async function makeMnistStore(file: string, assembly: string): Promise<void> {
  const { buckets } = describeResources(readAssembly(assembly), {
    parameters: {},
    endpoint: 'http://localhost',
  });
  const server = await startS3Server({ file });
  try {
    for (const { name } of buckets) server.createBucket(name);
    const store = createS3Store(buckets[0]!.name, localConnection(server.endpoint));
    const files = MNIST.files.map((file) => {
      const whole = readFileSync(join(mnistFolder(), file.name));
      const first = firstRows(whole, FIRST_ROWS[file.split]);
      return { ...file, key: KEYS.source('mnist', file.name), whole, first };
    });
    const cut = files.map(({ key: _, whole: __, first, ...file }) => ({
      ...file,
      bytes: first.length,
      sha256: sha256(first),
    }));
    for (const { key, first } of files) await store.createImmutable(key, first);
    await shardDataset({
      store,
      dataset: 'mnist',
      catalogue: new Map([['mnist', { ...MNIST, files: cut }]]),
    });
    // A run finds the files that it would download, by their sizes.
    for (const { key, whole } of files) {
      await store.delete(key);
      await store.createImmutable(key, whole);
    }
  } finally {
    await server.close();
  }
}
