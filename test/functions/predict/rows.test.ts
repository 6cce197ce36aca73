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
import { decodeElements } from '../../../functions/predict/oip-elements.ts';
import { inferenceResponse, modelMetadata } from '../../../functions/predict/oip-schemas.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { houseRows, houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';
import { binaryEvent, lengthPrefixed, readBinaryAnswer } from '../support/binary-tensors.ts';
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

  describe('as bytes behind the JSON', () => {
    const PATH = '/v2/models/classification/infer';
    const binary = (name: string, datatype: string, bytes: Uint8Array) => ({
      input: { name, datatype, shape: [2], parameters: { binary_data_size: bytes.length } },
      bytes,
    });
    type Tensor = ReturnType<typeof binary>;
    const bytesOf = (view: NodeJS.TypedArray) => new Uint8Array(view.buffer);
    const text = (...elements: (string | Uint8Array)[]) => lengthPrefixed(...elements);
    const area = () => binary('area', 'FP64', bytesOf(Float64Array.of(120, 61.5)));
    const whole = (name: string, datatype: string, bytes: NodeJS.TypedArray) =>
      binary(name, datatype, bytesOf(bytes));
    const age = () => whole('age', 'INT64', BigInt64Array.of(20n, 20n));
    const rooms = () => whole('rooms', 'UINT8', Uint8Array.of(4, 4));
    const words = () => [
      binary('district', 'BYTES', text('Hafen, West', 'Übersee')),
      binary('heating', 'BYTES', text('gas', 'oil')),
    ];
    const send = (tensors: Tensor[], more: object = {}) =>
      api.answer(
        binaryEvent(
          PATH,
          { inputs: tensors.map(({ input }) => input), ...more },
          tensors.map((each) => each.bytes),
        ),
      );

    it('rows are answered as in JSON, outputs by their datatypes', async () => {
      const { answer: got } = await api.post(PATH, { inputs });
      const [probabilities, classes, names] = got.outputs;
      const parameters = { binary_data_output: true };
      const { outputs } = readBinaryAnswer(await send([area(), age(), rooms(), ...words()], { parameters }));
      expect(outputs.map(({ bytes }) => bytes)).toEqual([
        Buffer.from(Float32Array.from(probabilities.data).buffer),
        Buffer.from(BigInt64Array.from(classes.data.map(BigInt)).buffer),
        text(...names.data),
      ]);
      const house = [HOUSE].map((row) => expected('regression', row).values[0]!);
      const json = {
        inputs: inputs.map(({ data, ...input }) => ({ ...input, shape: [1], data: [data.flat()[0]] })),
        parameters,
      };
      const value = readBinaryAnswer(await api.answer(binaryEvent('/v2/models/regression/infer', json, [])));
      expect(value.outputs[0]).toMatchObject({
        name: 'price',
        bytes: Buffer.from(Float64Array.from(house).buffer),
      });
    });

    it.each<[string, () => NodeJS.TypedArray]>([
      ['INT8', () => Int8Array.of(20, 20)],
      ['INT16', () => Int16Array.of(20, 20)],
      ['INT32', () => Int32Array.of(20, 20)],
      ['INT64', () => BigInt64Array.of(20n, 20n)],
      ['UINT8', () => Uint8Array.of(20, 20)],
      ['UINT16', () => Uint16Array.of(20, 20)],
      ['UINT32', () => Uint32Array.of(20, 20)],
      ['UINT64', () => BigUint64Array.of(20n, 20n)],
      // 1.25 × 2⁴ in 5 bits of exponent, with a bias of 15, and 10 of fraction.
      ['FP16', () => Uint16Array.of((19 << 10) | 0x100, (19 << 10) | 0x100)],
      ['FP32', () => Float32Array.of(20, 20)],
      ['FP64', () => Float64Array.of(20, 20)],
    ])('an age of 20 may be %s', async (datatype, data) => {
      const { answer: got } = await api.post(PATH, { inputs });
      const { body } = await send([area(), whole('age', datatype, data()), rooms(), ...words()]);
      expect(JSON.parse(body!).outputs).toEqual(got.outputs);
    });

    it('FP16 has its least and largest, negative and infinite numbers', async () => {
      const refused = async (bits: number) => {
        const { body } = await send([
          area(),
          whole('age', 'FP16', Uint16Array.of(bits, bits)),
          rooms(),
          ...words(),
        ]);
        return JSON.parse(body!).error ?? 'taken';
      };
      const values = [0x0001, 0x83ff, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00].map(
        (bits) =>
          decodeElements({ datatype: 'FP16', shape: [1] }, Buffer.from(Uint16Array.of(bits).buffer), '')[0],
      );
      const [infinite, none] = [Number.POSITIVE_INFINITY, Number.NaN];
      expect(values).toEqual([2 ** -24, -1023 * 2 ** -24, 65_504, -65_504, infinite, -infinite, none]);
      expect(await refused(0x4d00)).toBe('taken');
      expect(await refused(0x7c00)).toContain('column "age": got "Infinity", expected a finite');
      expect(await refused(0x7e00)).toContain('inputs[1].data[0]: got NaN, expected a number or null');
    });

    it('truths are bytes of 0 and 1', async () => {
      const heating = (...values: number[]) => binary('heating', 'BOOL', Uint8Array.from(values));
      const tensors = (last: Tensor) => [area(), age(), rooms(), words()[0]!, last];
      const { answer: got } = await api.post(PATH, {
        inputs: [...inputs.slice(0, 4), { ...inputs[4], datatype: 'BOOL', data: [false, true] }],
      });
      const { statusCode, body } = await send(tensors(heating(0, 1)));
      expect({ statusCode, ...JSON.parse(body!) }).toEqual({
        statusCode: 'error' in got ? 400 : 200,
        ...got,
      });
      const { body: wrong } = await send(tensors(heating(0, 2)));
      expect(JSON.parse(wrong!).error).toBe('inputs[4].data[1]: got byte 2, expected 0 or 1');
    });

    it.each<[string, () => Tensor, string]>([
      [
        'a number beyond 53 bits',
        () => whole('age', 'INT64', BigInt64Array.of(20n, 2n ** 53n)),
        'inputs[1].data[1]: got 9007199254740992, expected an integer of at most 53 bits',
      ],
      [
        'text that is no UTF-8',
        () => binary('age', 'BYTES', text('20', Uint8Array.of(0xff))),
        'inputs[1].data[1]: got bytes that are no UTF-8',
      ],
    ])('%s is refused, naming it', async (_name, wrong, says) => {
      const { statusCode, body } = await send([area(), wrong(), rooms(), ...words()]);
      expect({ statusCode, error: JSON.parse(body!).error }).toEqual({
        statusCode: 400,
        error: expect.stringContaining(says),
      });
    });
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

it('a model says what columns it takes, with the ranges and categories of its training set', async () => {
  const { columns, classNames } = (await api.json('GET', '/models/classification')).answer;
  expect(classNames).toEqual(['cheap', 'middling', 'dear']);
  const rows = [...houseRows('classification', 0, 200, 1)].slice(1).map((line) => Number(line.split(',')[0]));
  const mean = rows.reduce((sum, area) => sum + area, 0) / rows.length;
  expect(columns[0]).toEqual({
    name: 'area',
    type: 'numeric',
    min: Math.min(...rows),
    max: Math.max(...rows),
    mean: expect.closeTo(mean, 6),
  });
  expect(columns.slice(3)).toEqual([
    { name: 'district', type: 'categorical', categories: expect.arrayContaining(['Hafen, West']) },
    { name: 'heating', type: 'categorical', categories: expect.arrayContaining(['gas']) },
  ]);
  s3.objects.delete(KEYS.manifest('houses-classification'));
  expect((await api.json('GET', '/models/classification')).answer).toMatchObject({
    latest: 1,
    columns: null,
  });
});
