/** The steps of a batch one after the other, with everything that repeats or goes wrong between them. */
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeSafetensors, tensorOf } from '../../core/bytes/safetensors.ts';
import { collectBatch } from '../../functions/collect-batch/collect-batch.ts';
import { MAX_IMAGE_BYTES } from '../../functions/contract/data.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { decodeRows } from '../../functions/dataset/row-file.ts';
import { ModelCache } from '../../functions/inference/model-cache.ts';
import { planBatch } from '../../functions/plan-batch/plan-batch.ts';
import { predictPart } from '../../functions/predict-part/predict-part.ts';
import type { BatchPart } from '../../functions/schemas/payloads.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { TEST_SIZE, TINY_FILES } from './support/tiny-dataset.ts';
import { tinyRuns } from './support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare, release } = tinyRuns(store);
const FILE = KEYS.source('tiny', 'test-images');
const s3 = s3WithContent(async () => {
  await prepare();
  await release('a');
});
let models: ModelCache;

beforeEach(() => {
  models = new ModelCache(store);
});

const plan = (input: Parameters<typeof planBatch>[0]['input'] = { file: FILE }) =>
  planBatch({ store, batchId: 'b', input, defaultModel: 'mnist' });
const parts = () => s3.json(KEYS.batchParts('b')) as unknown as BatchPart[];
const predictAll = () => Promise.all(parts().map((part) => predictPart({ store, models }, part)));
const fileOf = (name: string, ...tensor: Parameters<typeof tensorOf>) =>
  encodeSafetensors(new Map([[name, tensorOf(...tensor)]]));
const text = (key: string) => Buffer.from(s3.objects.get(key)!.body).toString();

describe('a batch', () => {
  it('is predicted wholly by the version that served when it was planned, also when it is planned again', async () => {
    expect(await plan()).toMatchObject({ items: TEST_SIZE });
    await release('b', { seed: 1 });
    await plan();
    expect(s3.json(KEYS.batchPlan('b'))).toMatchObject({ model: 'mnist', version: 1 });
    await predictAll();
    expect(await collectBatch(store, 'b')).toMatchObject({ version: 1, predicted: TEST_SIZE, failed: 0 });
  });

  it('has the same bytes when any step is repeated', async () => {
    await plan();
    await predictAll();
    const first = await collectBatch(store, 'b');
    const lines = text(first.predictions);
    await plan();
    await predictAll();
    // As after a kill between the lines and the summary.
    s3.objects.delete(KEYS.batchSummary('b'));
    expect(await collectBatch(store, 'b')).toEqual(first);
    expect(await collectBatch(store, 'b')).toEqual(first);
    expect(text(first.predictions)).toBe(lines);
    expect(lines.trimEnd().split('\n')).toHaveLength(TEST_SIZE);
  });

  it('is cut into parts that have every item once', async () => {
    for (let index = 0; index < 201; index++) {
      s3.objects.set(`batches/b/input/${index}`, { body: new Uint8Array(1) });
    }
    await store.createImmutable('batches/b/input/folder/', new Uint8Array(0));
    expect(await plan({ prefix: 'batches/b/input/' })).toMatchObject({ items: 201 });
    expect(parts().map(({ part, from, to }) => [part, from, to])).toEqual([
      [0, 0, 100],
      [1, 100, 200],
      [2, 200, 201],
    ]);
  });

  it.each([
    ['more than there are', 0, 1_000_000_000],
    ['beyond the last', TEST_SIZE, TEST_SIZE + 1],
    ['backwards', 2, 1],
  ])('has no part of items %s', async (_, from, to) => {
    await plan();
    const part = { batchId: 'b', part: 0, from, to };
    await expect(predictPart({ store, models }, part)).rejects.toThrow(
      `part 0: got items ${from} to ${to}, expected some of the plan's ${TEST_SIZE}`,
    );
    expect(s3.objects.has(KEYS.batchPart('b', 0))).toBe(false);
  });

  it('plans nothing for a file that says that it has billions of empty images', async () => {
    const file = 'batches/b/input/empty';
    await store.createImmutable(file, Uint8Array.of(0, 0, 8, 2, 0x3b, 0x9a, 0xca, 0, 0, 0, 0, 0));
    await expect(plan({ file })).rejects.toThrow('got 1000000000 rows of 0 numbers, expected 1 at least');
    expect(s3.objects.has(KEYS.batchPlan('b'))).toBe(false);
  });

  it('names an image that was deleted after it was planned, and one that is too large, and goes on', async () => {
    for (const name of ['a', 'b']) await store.createImmutable(`batches/b/input/${name}`, new Uint8Array(1));
    s3.objects.set('batches/b/input/c', { body: new Uint8Array(MAX_IMAGE_BYTES + 1) });
    await plan({ prefix: 'batches/b/input/' });
    s3.objects.delete('batches/b/input/a');
    expect(await predictAll()).toEqual([{ part: 0, predicted: 0, failed: 3 }]);
    const [gone, small, large] = text(KEYS.batchPart('b', 0)).split('\n');
    expect(JSON.parse(gone!)).toEqual({ item: 'batches/b/input/a', error: 'is not there any more' });
    expect(JSON.parse(small!).error).toContain('as model mnist takes');
    expect(JSON.parse(large!).error).toBe('image: got more than 33554432 bytes');
  });

  it('does not predict a file that was changed after it was planned', async () => {
    // Rows of its own: those of other tests may be in memory, where they stay right.
    const file = 'batches/b/input/rows';
    await store.createImmutable(file, fileOf('x', new Uint8Array(18).fill(7), [2, 9]));
    await plan({ file });
    s3.objects.damage(file, -1);
    await expect(predictAll()).rejects.toThrow(/input\/rows has SHA-256/);
  });

  it('is not collected while a part is missing', async () => {
    await plan();
    await expect(collectBatch(store, 'b')).rejects.toThrow(`${KEYS.batchPart('b', 0)} is not there`);
    expect(s3.objects.has(KEYS.batchPredictions('b'))).toBe(false);
  });

  it.each<[string, Parameters<typeof planBatch>[0]['input'], string]>([
    ['a file that is not there', { file: 'batches/none' }, 'file batches/none is not there'],
    ['a model that is not there', { file: FILE, model: 'none' }, 'models/none/latest.json is not there'],
    ['labels', { file: KEYS.source('tiny', 'test-labels') }, '1 dimension, expected images'],
  ])('is not planned of %s', async (_what, input, message) => {
    await expect(plan(input)).rejects.toThrow(message);
    expect(s3.objects.has(KEYS.batchPlan('b'))).toBe(false);
  });
});

describe('decodeRows', () => {
  it('reads the same rows from IDX and from safetensors', () => {
    const idx = decodeRows(TINY_FILES['test-images']!, 'file');
    expect(idx).toMatchObject({ rows: TEST_SIZE, columns: 9 });
    const file = fileOf('x', Uint8Array.from(idx.data), [TEST_SIZE, 9]);
    const { rows, columns, data } = decodeRows(file, 'file');
    expect({ rows, columns }).toEqual({ rows: TEST_SIZE, columns: 9 });
    expect(Buffer.from(data).equals(Buffer.from(idx.data))).toBe(true);
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'file: 0 bytes'],
    ['other tensors', fileOf('w', new Uint8Array(1), [1, 1]), 'got no tensor x'],
    ['floats', fileOf('x', new Float32Array(2), [1, 2]), 'got x F32 [1, 2], expected x U8 [n, d]'],
  ])('refuses %s', (_what, bytes, message) => {
    expect(() => decodeRows(bytes, 'file')).toThrow(message);
  });
});
