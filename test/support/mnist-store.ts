/** A store of the local cloud that has MNIST, downloaded and cut into shards, as after a first run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MNIST } from '../../core/ingest/catalogue/mnist.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { shardDataset } from '../../functions/shard-dataset/shard-dataset.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { readAssembly } from '../../scripts/cloud/assembly.ts';
import { localConnection } from '../../scripts/cloud/connection.ts';
import { mnistFolder } from '../../scripts/cloud/mnist-mirror.ts';
import { describeResources } from '../../scripts/cloud/resources.ts';
import { startS3Server } from '../../scripts/cloud/s3/server.ts';

/** @param file where the store is made, as the local cloud of this assembly finds it in its data folder */
export async function makeMnistStore(file: string, assembly: string): Promise<void> {
  const { buckets } = describeResources(readAssembly(assembly), {
    parameters: {},
    endpoint: 'http://localhost',
  });
  const server = await startS3Server({ file });
  try {
    for (const bucket of buckets) server.createBucket(bucket);
    const store = createS3Store(buckets[0]!, localConnection(server.endpoint));
    for (const { name } of MNIST.files) {
      await store.createImmutable(KEYS.source('mnist', name), readFileSync(join(mnistFolder(), name)));
    }
    await shardDataset({ store, dataset: 'mnist' });
  } finally {
    await server.close();
  }
}
