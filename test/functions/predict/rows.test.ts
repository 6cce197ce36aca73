/** Models of tables: rows in, classes by name or values in the target's unit out, over both protocols. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type CsvDataset, specOf } from '../../../core/ingest/catalogue/user-dataset.ts';
import { RowEncoder, type RowValue } from '../../../core/ingest/table/row-encoder.ts';
import { Network } from '../../../core/model/network.ts';
import { sparseFromDense } from '../../../core/rows/sparse-rows.ts';
import { decodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { sourceKey, sourceOf } from '../../../functions/dataset/sources.ts';
import { ModelCache } from '../../../functions/inference/model-cache.ts';
import { predictAnswer } from '../../../functions/predict/answer-schemas.ts';
import { inferenceResponse, modelMetadata } from '../../../functions/predict/oip-schemas.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { houseRows, houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import { httpApi } from '../support/http-api.ts';
import { runsOver } from '../support/tiny-run.ts';

const api = httpApi('classification');
const { store } = api;

const TASKS = ['classification', 'regression'] as const;
type Task = (typeof TASKS)[number];
const HOUSE = { area: 120, age: 20, rooms: 4, district: 'Hafen, West', heating: 'gas' };

/** Shards the houses and promotes a network that nobody has trained. */
async function release(task: Task): Promise<void> {
  const files = { train: houseRows(task, 0, 200, 1), test: houseRows(task, 200, 50, 1) };
  const dataset = {
    name: `houses-${task}`,
    format: 'csv',
    train: [{ key: 'imports/train' }],
    test: [{ key: 'imports/test' }],
    ...houseSchema(task),
  } as CsvDataset;
  const spec = specOf(dataset);
  for (const file of spec.files) {
    const key = sourceKey(spec.name, file.name, sourceOf(spec, file));
    const rows = file.name.startsWith('train') ? files.train : files.test;
    await store.createImmutable(key, Buffer.from([...rows].join('')));
  }
  const isRegression = task === 'regression';
  const config = {
    dataset,
    layers: [10, 6, isRegression ? 1 : 3],
    ...(isRegression ? { output: 'identity', loss: 'meanSquaredError' } : {}),
    weightInit: { kind: 'he' },
    batchSize: 20,
    model: task,
  };
  const shard = async () => (await shardDataset({ store, dataset })).manifestSha256;
  const { prepare, start, promote } = runsOver(store, config, shard);
  await prepare();
  await promote(await start(task));
}

const s3 = s3WithContent(async () => {
  for (const task of TASKS) await release(task);
});
beforeEach(() => {
  api.models = new ModelCache(store);
});

const predict = (model: Task, rows: unknown, query: Record<string, string> = {}) =>
  api.post('/predict', { rows }, { query: { model, ...query } });

/** What the network makes of a row, from the stored objects alone. */
function expected(task: Task, row: Record<string, RowValue>) {
  const manifest = datasetManifest.parse(s3.json(KEYS.manifest(`houses-${task}`)));
  const { encoding } = manifest as Extract<typeof manifest, { formatVersion: 2 }>;
  const { architecture, layers } = decodeCheckpoint(s3.objects.get(KEYS.checkpoint(task, 0))!.body);
  const encoder = new RowEncoder(encoding!);
  const input = new Float32Array(10);
  encoder.encodeValues(row, input);
  const outputs = new Network(architecture, layers).forward(sparseFromDense([input], 10), Uint32Array.of(0));
  return { outputs: [...outputs], values: encoder.decodeTargets(outputs) };
}

describe('POST /predict', () => {
  it('answers rows with classes by name', async () => {
    const other = { ...HOUSE, area: 61.5, heating: 'oil', reference: 'is ignored' };
    const { status, answer: got } = await predict('classification', [HOUSE, other]);
    expect(status).toBe(200);
    expect(predictAnswer.parse(got)).toEqual(got);
    const names = ['cheap', 'middling', 'dear'];
    expect(got).toMatchObject({ model: 'classification', version: 1 });
    expect(got.predictions).toEqual(
      [HOUSE, other].map((row) => {
        const { outputs } = expected('classification', row);
        const best = outputs.indexOf(Math.max(...outputs));
        return { class: best, className: names[best], probabilities: outputs };
      }),
    );
  });

  it("answers rows of a regression with values in the target's unit", async () => {
    const { answer: got } = await predict('regression', [HOUSE]);
    expect(predictAnswer.parse(got)).toEqual(got);
    expect(got.predictions).toEqual([{ values: { price: expected('regression', HOUSE).values[0] } }]);
  });

  it('says of a row what the training set did not have, which counts for nothing', async () => {
    const rows = [HOUSE, { ...HOUSE, district: 'Atlantis' }, { ...HOUSE, district: 7 }];
    const unknown = [undefined, { district: 'Atlantis' }, { district: 7 }];
    for (const task of TASKS) {
      const { answer: got } = await predict(task, rows);
      expect(predictAnswer.parse(got)).toEqual(got);
      expect(got.predictions.map((prediction: { unknown?: object }) => prediction.unknown)).toEqual(unknown);
    }
  });

  it('takes numbers as text, and 1000 rows', async () => {
    const rows = Array.from({ length: 1000 }, () => ({ ...HOUSE, area: '120.0' }));
    const { answer: got } = await predict('regression', rows);
    expect(got.predictions).toHaveLength(1000);
    expect(got.predictions[999].values.price).toBe(expected('regression', HOUSE).values[0]);
  });

  it('says of NaN that it is no number, in the words of rows', async () => {
    const request = { query: { model: 'classification' }, body: '{"rows":[{"age":NaN}]}' };
    const { status, answer: got } = await api.json('POST', '/predict', request);
    expect(status).toBe(400);
    expect(got.error).toBe("rows[0].age: got NaN, which JSON doesn't have, expected a number");
  });

  it.each<[string, unknown, string, RegExp]>([
    ['no list', {}, 'rows', /rows: got \{\}, expected 1 to 1000 of \{"rows"/],
    ['no row', [], 'rows', /rows: got 0 rows, expected 1 to 1000/],
    ['too many rows', Array(1001).fill(HOUSE), 'rows', /got 1001 rows, expected 1 to 1000/],
    ['a list for a row', [[1, 2]], 'rows[0]', /rows\[0\]: got \[1,2\], expected an object/],
    ['an absent column', [HOUSE, { area: 1 }], 'rows[1]', /rows\[1\]: column "age": absent from the row/],
    ['a column that is none', [{ ...HOUSE, size: 1 }], 'rows[0]', /column "size": not one of area, age/],
    ['text', [{ ...HOUSE, age: 'old' }], 'rows[0]', /column "age": got "old", expected a finite/],
    ['null for what is there', [{ ...HOUSE, age: null }], 'rows[0]', /column "age": got null, but no/],
    ['an object', [{ ...HOUSE, age: {} }], 'rows[0].age', /rows\[0\].age: got \{\}, expected text, a number/],
  ])('refuses %s, naming row and column', async (_, rows, field, message) => {
    const { status, answer: got } = await predict('classification', rows);
    expect(status).toBe(422);
    expect(got.field).toBe(field);
    expect(got.error).toMatch(message);
  });

  it('refuses pixels, an image and their options, saying what it takes', async () => {
    const pixels = await api.post('/predict', { pixels: [1] });
    expect(pixels.answer.error).toMatch(/^pixels: unknown field, expected \{"rows": .*"area", "age"/);
    for (const name of ['pixels', 'explain']) {
      const { status, answer: got } = await predict('classification', [HOUSE], { [name]: 'true' });
      expect({ status, field: got.field }).toEqual({ status: 422, field: name });
    }
  });

  it('of a model whose dataset is gone says so as of any other model', async () => {
    s3.objects.delete(KEYS.manifest('houses-classification'));
    const { status, answer: got } = await predict('classification', [HOUSE]);
    expect(status).toBe(422);
    expect(got.error).toContain('rows: unknown field');
  });
});

describe('the Open Inference Protocol', () => {
  const inputs = [
    { name: 'area', datatype: 'FP64', shape: [2], data: [120, 61.5] },
    { name: 'age', datatype: 'INT32', shape: [2, 1], data: [[20], [20]] },
    { name: 'rooms', datatype: 'FP32', shape: [2], data: [4, 4] },
    { name: 'district', datatype: 'BYTES', shape: [2], data: ['Hafen, West', 'Übersee'] },
    { name: 'heating', datatype: 'BYTES', shape: [2], data: ['gas', 'oil'] },
  ];
  const rows = [HOUSE, { ...HOUSE, area: 61.5, district: 'Übersee', heating: 'oil' }];

  it('has an input for each column, and outputs by name', async () => {
    const of = async (task: Task) =>
      modelMetadata.parse((await api.json('GET', `/v2/models/${task}`)).answer);
    const tensor = (name: string, datatype: string) => ({ name, datatype, shape: [-1] });
    expect((await of('classification')).inputs).toEqual([
      ...['area', 'age', 'rooms'].map((name) => tensor(name, 'FP64')),
      ...['district', 'heating'].map((name) => tensor(name, 'BYTES')),
    ]);
    expect((await of('classification')).outputs).toEqual([
      { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
      tensor('class', 'INT64'),
      tensor('class_name', 'BYTES'),
    ]);
    expect((await of('regression')).outputs).toEqual([tensor('price', 'FP64')]);
  });

  it('says what the training set did not have', async () => {
    const odd = inputs.map((input) =>
      input.name === 'district' ? { ...input, datatype: 'INT8', data: [7, 8] } : input,
    );
    const { answer: got } = await api.post('/v2/models/classification/infer', { inputs: odd });
    expect(inferenceResponse.parse(got)).toEqual(got);
    expect(got.parameters).toEqual({ unknown: '[{"district":7},{"district":8}]' });
  });

  it('answers as /predict does', async () => {
    const { answer: got } = await api.post('/v2/models/classification/infer', { inputs });
    expect(inferenceResponse.parse(got)).toEqual(got);
    const { predictions } = (await predict('classification', rows)).answer;
    const all = (field: string) => predictions.flatMap((one: Record<string, unknown>) => one[field]);
    expect(got.outputs).toEqual([
      { name: 'probabilities', datatype: 'FP32', shape: [2, 3], data: all('probabilities') },
      { name: 'class', datatype: 'INT64', shape: [2], data: all('class') },
      { name: 'class_name', datatype: 'BYTES', shape: [2], data: all('className') },
    ]);
    const outputs = [{ name: 'price' }];
    const values = await api.post('/v2/models/regression/infer', { inputs, outputs });
    const data = rows.map((row) => expected('regression', row).values[0]);
    expect(values.answer.outputs).toEqual([{ name: 'price', datatype: 'FP64', shape: [2], data }]);
  });

  const change = (index: number, more: object) =>
    inputs.map((input, at) => (at === index ? { ...input, ...more } : input));
  it.each<[string, unknown, string]>([
    ['a column too few', inputs.slice(1), 'rows[0]: column "area": absent from the row'],
    ['a column twice', [...inputs, inputs[0]], 'inputs[5].name: got "area" twice'],
    ['another length', change(1, { shape: [1], data: [1] }), 'inputs[1].shape: got [1], expected [2]'],
    ['fewer elements', change(0, { data: [1] }), 'inputs[0].data: got 1 elements, expected 2'],
    ['text', change(0, { data: [1, 'a'] }), 'inputs[0].data[1]: got "a", expected a number or null'],
    ['a datatype', change(0, { datatype: 'FP8' }), 'inputs[0].datatype: got "FP8", expected one of BYTES'],
    ['a column that is none', change(0, { name: 'size' }), 'column "size": not one of area'],
  ])('refuses %s, naming the tensor', async (_, wrong, message) => {
    const { status, answer: got } = await api.post('/v2/models/classification/infer', { inputs: wrong });
    expect(status).toBe(400);
    expect(got.error).toContain(message);
  });
});
