/** The HTTP API over MNIST itself and a model that was really trained on it, in 300 steps. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { MNIST } from '../../../core/ingest/catalogue/mnist.ts';
import type { DatasetSpec } from '../../../core/ingest/catalogue/spec.ts';
import type { LabelledRows } from '../../../core/rows/training-rows.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { loadDataset } from '../../../functions/dataset/load.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { firstRows } from '../../support/mnist.ts';
import { type FakeS3, fakeS3 } from './fake-s3.ts';
import { httpApi } from './http-api.ts';
import { runsOver } from './tiny-run.ts';

const CONFIG = { iterations: 300, learningRate: 0.5, weightInit: { kind: 'xavier' } };

/**
 * Before all tests: run `real`, trained, evaluated and promoted as version 1 of `mnist`.
 *
 * @param rows of each split, where a test does not look at all of them
 */
export function mnistApi(rows?: { train: number; test: number }) {
  const http = httpApi();
  const { store } = http;
  const unknown = { bytes: undefined, sha256: undefined };
  const files = MNIST.files.map((file) => ({ ...file, ...unknown }));
  const spec: DatasetSpec = rows === undefined ? MNIST : { ...MNIST, files };
  const { prepare, manifest, release } = runsOver(store, CONFIG, async () => {
    for (const { name, split } of MNIST.files) {
      const file = readFileSync(join(mnistFolder(), name));
      const bytes = rows === undefined ? file : firstRows(file, rows[split]);
      await store.createImmutable(KEYS.source('mnist', name), bytes);
    }
    return (await shardDataset({ store, dataset: 'mnist', catalogue: new Map([['mnist', spec]]) }))
      .manifestSha256;
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
