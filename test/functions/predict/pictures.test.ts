/** Models of a person's own pictures: the network sees the very bytes that the training set's pictures became. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { IdxDataset } from '../../../core/ingest/catalogue/user-dataset.ts';
import { specOf } from '../../../core/ingest/catalogue/user-dataset.ts';
import { idxHeader } from '../../../core/ingest/idx.ts';
import { normalizeDigit } from '../../../core/ingest/normalize-digit.ts';
import { type PictureForm, pictureRow, shapeOfForm } from '../../../core/ingest/picture-row.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { sourceKey, sourceOf } from '../../../functions/dataset/sources.ts';
import { decodeImage } from '../../../functions/images/decode-image.ts';
import { ModelCache } from '../../../functions/inference/model-cache.ts';
import { planBatch } from '../../../functions/plan-batch/plan-batch.ts';
import { modelAnswer } from '../../../functions/predict/answer-schemas.ts';
import { predictPart } from '../../../functions/predict-part/predict-part.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { drawShape, pngOf } from '../../../scripts/lab/generate/shape-pictures.ts';
import { jpegOf } from '../../support/jpeg.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import { httpApi } from '../support/http-api.ts';
import { runsOver } from '../support/tiny-run.ts';

const api = httpApi('colours');
const { store } = api;
const FORMS: Record<string, PictureForm> = {
  colours: { height: 9, width: 14, channels: 3, fit: 'crop' },
  // As many inputs as a digit's picture has pixels.
  greys: { height: 28, width: 28, channels: 1, fit: 'stretch' },
};
const COUNT = 20;
const CLASSES = ['bar', 'disc'] as const;

/** Shards the pictures and promotes a network that has seen them for a while. */
async function release(name: string, pictures: PictureForm): Promise<void> {
  const drawn = Array.from({ length: COUNT }, (_, n) =>
    pictureRow(drawShape(CLASSES[n % 2]!, n, 1), pictures),
  );
  const images = Buffer.concat([idxHeader([COUNT, ...shapeOfForm(pictures)]), ...drawn]);
  const labels = Buffer.concat([idxHeader([COUNT]), Uint8Array.from({ length: COUNT }, (_, n) => n % 2)]);
  const dataset: IdxDataset = {
    name,
    format: 'idx',
    files: { train: { images: { key: 'imports/images' }, labels: { key: 'imports/labels' } } },
    split: { testShare: 0.2 },
    classNames: [...CLASSES],
    pictures,
  };
  const spec = specOf(dataset);
  for (const file of spec.files) {
    const key = sourceKey(spec.name, file.name, sourceOf(spec, file));
    await store.createImmutable(key, file.name.endsWith('images') ? images : labels);
  }
  const config = {
    dataset,
    layers: [images.length / COUNT < 700 ? 378 : 784, 8, 2],
    activation: 'relu',
    weightInit: { kind: 'he' },
    optimizer: 'adam',
    learningRate: 0.01,
    batchSize: 8,
    sampling: 'shuffle',
    iterations: 60,
    model: name,
  };
  const shard = async () => (await shardDataset({ store, dataset })).manifestSha256;
  const runs = runsOver(store, config, shard);
  await runs.prepare();
  await runs.release(name);
}

const s3 = s3WithContent(async () => {
  for (const [name, form] of Object.entries(FORMS)) await release(name, form);
});
beforeEach(() => {
  api.models = new ModelCache(store);
});

const asked = drawShape('disc', 77, 1, { width: 31, height: 40 });
const ask = async (model: string, file = pngOf(asked), type = 'image/png') =>
  (await api.postFile(file, type, { model, pixels: 'true' })).answer as Record<string, unknown>;

describe.each(Object.entries(FORMS))('a model of %s', (model, form) => {
  it('sees a PNG file as the training set’s pictures, and answers with the class’s name', async () => {
    const answer = await ask(model);
    expect(answer.pixels).toEqual([...pictureRow(asked, form)]);
    expect(answer.className).toBe('disc');
  });

  it('sees a JPEG file so', async () => {
    const file = jpegOf(asked);
    expect((await ask(model, file, 'image/jpeg')).pixels).toEqual([...pictureRow(decodeImage(file), form)]);
  });

  it('sees it so also when the dataset is gone', async () => {
    await store.delete(KEYS.manifest(model));
    expect(await ask(model)).toMatchObject({ class: 1, pixels: [...pictureRow(asked, form)] });
  });

  it('takes the pixels themselves, explains its answer, and takes tensors of the pictures’ shape', async () => {
    const pixels = [...pictureRow(asked, form)];
    const { answer } = await api.post('/predict', { pixels }, { query: { model, explain: 'true' } });
    expect(answer).toMatchObject({ className: 'disc', explanation: { length: pixels.length } });
    const shape = [1, ...shapeOfForm(form)];
    const body = { inputs: [{ name: 'pixels', datatype: 'UINT8', shape, data: pixels }] };
    const inferred = await api.post(`/v2/models/${model}/infer`, body);
    expect(inferred.answer.outputs.at(-1)).toMatchObject({ name: 'class_name', data: ['disc'] });
    const file = {
      name: 'pixels',
      datatype: 'BYTES',
      shape: [1],
      data: [Buffer.from(pngOf(asked)).toString('base64')],
    };
    const ofFile = await api.post(`/v2/models/${model}/infer`, { inputs: [file] });
    expect(ofFile.answer.outputs).toEqual(inferred.answer.outputs);
  });

  it('sees it so in a batch', async () => {
    await store.createImmutable('imports/asked/a.png', pngOf(asked));
    await store.createImmutable('imports/asked/b.jpg', jpegOf(asked));
    const input = { model, prefix: 'imports/asked/' };
    const planned = await planBatch({ store, batchId: model, input, defaultModel: 'other' });
    const part = { batchId: model, part: 0, from: 0, to: planned.items };
    const { models } = api;
    expect(await predictPart({ store, models }, part)).toMatchObject({ predicted: 2, failed: 0 });
    const lines = Buffer.from(s3.objects.get(KEYS.batchPart(model, 0))!.body)
      .toString()
      .trim()
      .split('\n');
    const { className, probabilities } = await ask(model);
    expect(JSON.parse(lines[0]!)).toMatchObject({ item: 'imports/asked/a.png', className, probabilities });
  });

  it('says what its pictures become', async () => {
    const { answer } = await api.json('GET', `/models/${model}`);
    expect(modelAnswer.parse(answer)).toMatchObject({ pictures: form, classNames: CLASSES, columns: null });
  });
});

it('a picture that is no digit is none to such a model', async () => {
  const blank = { width: 28, height: 28, channels: 1 as const, data: new Uint8Array(784).fill(200) };
  expect(() => normalizeDigit(blank)).toThrow('expected ink');
  expect((await ask('greys', pngOf(blank))).pixels).toEqual([...blank.data]);
  expect(s3.objects.size).toBeGreaterThan(0);
});
