import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MNIST } from '../../../core/ingest/catalogue/mnist.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { fakeS3 } from '../support/fake-s3.ts';

it("MNIST's manifest, and with it what its runs are compared by, is what it has been since the first release", async () => {
  const s3 = fakeS3();
  for (const { name } of MNIST.files) {
    s3.objects.set(KEYS.source('mnist', name), { body: readFileSync(join(mnistFolder(), name)) });
  }
  expect(await shardDataset({ store: createS3Store('bucket'), dataset: 'mnist' })).toEqual({
    dataset: 'mnist',
    manifestSha256: 'fba3189fc4f31d06d3164a30ab3caf1173bb06890e90d4cfd8680237f237423e',
    trainSize: 60_000,
    testSize: 10_000,
  });
});
