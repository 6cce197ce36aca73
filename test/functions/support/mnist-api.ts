/** The HTTP API over MNIST itself and a model that was really trained on it, in 300 steps. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import type { LabelledRows } from '../../../core/index.ts';
import { MNIST } from '../../../core/ingest/catalogue/mnist.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { loadDataset } from '../../../functions/dataset/load.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { type FakeS3, fakeS3 } from './fake-s3.ts';
import { httpApi } from './http-api.ts';
import { runsOver } from './tiny-run.ts';

const CONFIG = { iterations: 300, learningRate: 0.5, weightInit: { kind: 'xavier' } };

/** Before all tests: run `real`, trained, evaluated and promoted as version 1 of `mnist`. */
export function mnistApi() {
  const http = httpApi();
  const { store } = http;
  const { prepare, manifest, release } = runsOver(store, CONFIG, async () => {
    for (const { name } of MNIST.files) {
      await store.createImmutable(KEYS.source('mnist', name), readFileSync(join(mnistFolder(), name)));
    }
    return (await shardDataset({ store, dataset: 'mnist' })).manifestSha256;
  });
  const api = Object.assign(http, {
    s3: undefined as unknown as FakeS3,
    data: undefined as unknown as { train: LabelledRows; test: LabelledRows },
    /** Pixels of image `index` of the test set. */
    digit: (index: number): Uint8Array =>
      (api.data.test.x as { pixels: Uint8Array }).pixels.slice(index * 784, (index + 1) * 784),
  });
  beforeAll(async () => {
    api.s3 = fakeS3();
    await prepare();
    api.data = (await loadDataset(store, 'mnist', manifest())) as typeof api.data;
    await release('real');
  });
  return api;
}
