/** The HTTP API over MNIST itself and a model that was really trained on it, in 300 steps. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { defaultBackend, type LabelledRows } from '../../../core/index.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { loadDataset } from '../../../functions/dataset/load.ts';
import { ModelCache } from '../../../functions/inference/model-cache.ts';
import { answer } from '../../../functions/predict/router.ts';
import { promoteModel } from '../../../functions/promote-model/promote-model.ts';
import { startStopwatch } from '../../../functions/run/stopwatch.ts';
import { jobConfigSchema } from '../../../functions/schemas/config.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { startRun } from '../../../functions/start-run/start-run.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { trainChunk } from '../../../functions/train-chunk/train-chunk.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { type FakeS3, fakeS3 } from './fake-s3.ts';
import { type HttpRequest, httpEvent } from './http-event.ts';
import { NOW } from './tiny-run.ts';

const FILES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];
const CONFIG = { iterations: 300, learningRate: 0.5, weightInit: { kind: 'xavier' } };

/** Before all tests: run `real`, trained, evaluated and promoted as version 1 of `mnist`. */
export function mnistApi() {
  const store = createS3Store('bucket');
  const api = {
    store,
    s3: undefined as unknown as FakeS3,
    models: new ModelCache(store),
    data: undefined as unknown as { train: LabelledRows; test: LabelledRows },

    call(method: string, path: string, request: HttpRequest = {}) {
      const services = { store, models: api.models, defaultModel: 'mnist', emit: () => {} };
      return answer(httpEvent(method, path, request), services);
    },

    async json(method: string, path: string, request: HttpRequest = {}) {
      const { statusCode, body } = await api.call(method, path, request);
      return { status: statusCode, answer: JSON.parse(body!) };
    },

    /** Posts a file as API Gateway passes it on. */
    post: (bytes: Uint8Array, type = 'image/png', query?: Record<string, string>) =>
      api.json('POST', '/predict', {
        body: Buffer.from(bytes).toString('base64'),
        isBase64Encoded: true,
        headers: { 'content-type': type },
        ...(query === undefined ? {} : { query }),
      }),

    /** Pixels of image `index` of the test set. */
    digit: (index: number): Uint8Array =>
      (api.data.test.x as { pixels: Uint8Array }).pixels.slice(index * 784, (index + 1) * 784),
  };
  beforeAll(async () => {
    api.s3 = fakeS3();
    for (const name of FILES) {
      await store.createImmutable(KEYS.source('mnist', name), readFileSync(join(mnistFolder(), name)));
    }
    const { manifestSha256 } = await shardDataset({ store, dataset: 'mnist' });
    api.data = (await loadDataset(store, 'mnist', manifestSha256)) as typeof api.data;
    const shared = { store, backend: () => defaultBackend() };
    const config = jobConfigSchema.parse(CONFIG);
    let state = await startRun({
      ...shared,
      runId: 'real',
      executionName: 'real',
      turnsPerExecution: 100,
      config,
      manifestSha256,
      stopwatch: startStopwatch(1769),
      now: NOW,
    });
    while (!state.done) {
      const remainingMs = () => 900_000;
      const stopwatch = startStopwatch(1769);
      state = await trainChunk({
        ...state,
        ...shared,
        loop: state.loop!,
        stopwatch,
        remainingMs,
        now: Date.now,
      });
    }
    await promoteModel({ ...state, store, gitRevision: 'abc', now: NOW });
  });
  return api;
}
