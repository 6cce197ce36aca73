/** Datasets of every kind, generated, from where they are served to the prediction of one of their rows. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CIFAR_10, KDDCUP99 } from '../../../core/ingest/catalogue/datasets.ts';
import { gatherEncoding } from '../../../core/ingest/table/encoding.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import {
  modelVersion,
  runStatus,
  type StepMetrics,
  stepMetrics,
} from '../../../functions/schemas/documents.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { getDocument } from '../../../functions/store/verified.ts';
import { houseRows, houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';
import { kddRows } from '../../../scripts/lab/generate/kddcup99.ts';
import { cifarArchive, idxImages, idxLabels } from '../../../scripts/lab/generate/picture-files.ts';
import { Pictures } from '../../../scripts/lab/generate/pictures.ts';
import { startServer } from '../../functions/support/http-server.ts';
import { proofOnly } from '../../support/needs.ts';
import { useCloud } from '../../support/test-cloud.ts';

/** What the mirror serves, by path. */
const served = new Map<string, Buffer>();
const app = useCloud({
  mirror: () =>
    startServer(({ url }, response) => {
      const file = served.get(url!);
      response.writeHead(file === undefined ? 404 : 200).end(file);
    }),
});

const bytesOf = (pieces: Iterable<string | Uint8Array>) =>
  Buffer.concat([...pieces].map((piece) => Buffer.from(piece as Uint8Array)));
const serve = (path: string, pieces: Iterable<string | Uint8Array>) =>
  served.set(`/${path}`, gzipSync(bytesOf(pieces), { level: 1 }));

/** A short training that learns, whatever the data. */
const JOB = {
  iterations: 200,
  batchSize: 50,
  optimizer: 'adam',
  learningRate: 0.01,
  activation: 'relu',
} as const;
/** Adam overshoots where all inputs are above 0. */
const OF_PICTURES = { optimizer: 'sgd', learningRate: 0.05, iterations: 300 } as const;

const train = (model: string, config: object) =>
  app.execute('stateMachine', model, { ...JOB, weightInit: { kind: 'he' }, model, ...config });

/** Of the run's last step; its model serves. */
async function trained(model: string, config: object): Promise<StepMetrics> {
  expect(await train(model, config)).toMatchObject({ status: 'SUCCEEDED' });
  const version = await getDocument(app.store, modelVersion, KEYS.version(model, 1));
  expect(version.dataset.manifestSha256).toBe(sha256(await app.read(KEYS.manifest(model))));
  return getDocument(app.store, stepMetrics, KEYS.metrics(model, version.step));
}

async function post(path: string, body: object) {
  const response = await app.ask(path, body);
  // biome-ignore lint/suspicious/noExplicitAny: JSON that the tests look into
  const answer = (await response.json()) as any;
  expect({ status: response.status, answer }).toMatchObject({ status: 200 });
  return answer;
}

/** What else serves a model works for it. */
async function hasReportAndWeights(model: string): Promise<void> {
  for (const path of ['report', 'weights']) {
    const response = await app.ask(`/models/${model}/${path}`);
    expect(response.status, `${path}: ${await response.text()}`).toBe(200);
  }
}

const share = (right: boolean[]) => right.filter(Boolean).length / right.length;

describe('pictures', () => {
  const idx = new Pictures({ planes: 1, side: 28 }, 10, 1);
  const images = bytesOf(idxImages(idx, 28, 0, 1500));
  const labels = bytesOf(idxLabels(idx, 0, 1500));
  const testImages = bytesOf(idxImages(idx, 28, 1500, 300));
  const testLabels = bytesOf(idxLabels(idx, 1500, 300));

  async function expectPredictions(
    model: string,
    pictures: Pictures,
    first: number,
    names?: readonly string[],
    colours = 1,
  ) {
    const instances = Array.from({ length: 100 }, (_, row) => {
      const planes = new Uint8Array(pictures.bytes);
      pictures.draw(first + row, planes);
      // Rows have the colours of each pixel together.
      const pixels = planes.length / colours;
      return Array.from(planes, (_, at) => planes[(at % colours) * pixels + Math.floor(at / colours)]!);
    });
    const { predictions } = await post(`/predict?model=${model}`, { instances });
    const right = predictions.map(
      (prediction: { class: number }, row: number) => prediction.class === pictures.labelOf(first + row),
    );
    expect(share(right)).toBeGreaterThan(0.4);
    expect(predictions[0].className).toBe(names?.[predictions[0].class]);
    await hasReportAndWeights(model);
  }

  it('in IDX files by URL, gzipped or not, with names of their classes', async () => {
    serve('idx/images', [images]);
    served.set('/idx/labels', labels);
    serve('idx/test-images', [testImages]);
    served.set('/idx/test-labels', testLabels);
    const url = (file: string) => ({ url: `${app.mirrorUrl}idx/${file}` });
    const classNames = Array.from({ length: 10 }, (_, digit) => `class ${digit}`);
    const dataset = {
      name: 'by-url',
      format: 'idx',
      files: {
        train: { images: url('images'), labels: { ...url('labels'), sha256: sha256(labels) } },
        test: { images: url('test-images'), labels: url('test-labels') },
      },
      classNames,
    };
    const { testAccuracy } = await trained('by-url', { ...OF_PICTURES, dataset, layers: [784, 30, 10] });
    // The order of the rows, and so the figure, comes with the mirror's port; guessing would give a tenth.
    expect(testAccuracy).toBeGreaterThan(0.5);
    await expectPredictions('by-url', idx, 1500, classNames);
  });

  it('in the form of CIFAR-10', proofOnly, async () => {
    const pictures = new Pictures({ planes: 3, side: 32 }, 10, 1);
    serve('cifar/cifar-10-binary.tar.gz', cifarArchive(pictures, CIFAR_10.classNames!, 1000, 200));
    const dataset = { name: 'cifar', like: 'cifar-10', from: `${app.mirrorUrl}cifar/` };
    const { testAccuracy } = await trained('cifar', {
      ...OF_PICTURES,
      optimizer: 'adam',
      learningRate: 0.003,
      dataset,
      hidden: [{ conv: 8, kernel: 5, stride: 2, activation: 'relu' }, 20],
    });
    expect(testAccuracy).toBeGreaterThan(0.5);
    await expectPredictions('cifar', pictures, 1000, CIFAR_10.classNames, 3);
  });
});

describe('tables', () => {
  it('in the form of KDD Cup 1999, over shards, with what its mistakes cost', async () => {
    const rows = bytesOf(kddRows(4000, 1, 'train'));
    const test = [...kddRows(500, 1, 'test')];
    serve('kdd/kddcup.data.gz', [rows]);
    serve('kdd/corrected.gz', test);
    const { encoding } = await gatherEncoding(KDDCUP99.schema, [{ name: 'kdd', chunks: [rows] }]);
    const dataset = { name: 'kdd', like: 'kddcup99', from: `${app.mirrorUrl}kdd/` };
    const layers = [encoding.inputs, 20, 5];
    const metrics = await trained('kdd', { dataset, layers, sampling: 'shardShuffle' });
    expect(metrics.testAccuracy).toBeGreaterThan(0.6);
    expect(metrics.testCost).toBeLessThan(1);

    const { label } = KDDCUP99.schema;
    const some = test.slice(0, 100).map((line) => line.trim().split(','));
    const columns = KDDCUP99.schema.columns.map(({ name }) => name);
    const { predictions } = await post('/predict?model=kdd', {
      rows: some.map((fields) => Object.fromEntries(columns.map((name, index) => [name, fields[index]]))),
    });
    const right = predictions.map(
      ({ className }: { className: string }, row: number) =>
        className === label!.classOf![some[row]!.at(-1)!],
    );
    expect(share(right)).toBeGreaterThan(0.5);
    await hasReportAndWeights('kdd');
  });

  const houses = (first: number, rows: number) => bytesOf(houseRows('regression', first, rows, 1));
  const house = { area: 120, age: 20, rooms: 4, district: 'Hafen, West', heating: 'gas' };

  it('in CSV, of numbers, of which several files make the training set', async () => {
    const files = ['1.csv', '2.csv'].map((name) => ({ key: `imports/prices/${name}` }));
    for (const [index, { key }] of files.entries()) {
      await app.store.createImmutable(key, houses(index * 1000, 1000));
    }
    serve('prices.csv', [houses(2000, 400)]);
    const dataset = {
      name: 'prices',
      format: 'csv',
      train: files,
      test: [{ url: `${app.mirrorUrl}prices.csv` }],
      ...houseSchema('regression'),
    };
    const metrics = await trained('prices', {
      dataset,
      layers: [10, 20, 1],
      output: 'identity',
      loss: 'meanSquaredError',
      iterations: 400,
    });
    expect(metrics.testAccuracy).toBeNull();
    expect(metrics.outputs![0]!.r2).toBeGreaterThan(0.6);
    const { predictions } = await post('/predict?model=prices', { rows: [house] });
    // By the generator's rule.
    expect(Math.abs(predictions[0].values.price - 310)).toBeLessThan(40);
    const { outputs } = await post('/v2/models/prices/infer', {
      inputs: Object.entries(house).map(([name, value]) => ({
        name,
        datatype: typeof value === 'number' ? 'FP64' : 'BYTES',
        shape: [1],
        data: [value],
      })),
    });
    expect(outputs[0]).toMatchObject({ name: 'price', data: [predictions[0].values.price] });
    await hasReportAndWeights('prices');
  });
});

it('a dataset that is not what it should be ends its run with the reason, and nothing of it is visible', async () => {
  served.set('/wrong-columns', gzipSync('area,age\n1,2\n'));
  const files = [{ url: `${app.mirrorUrl}wrong-columns` }];
  const dataset = {
    name: 'wrong',
    format: 'csv',
    train: files,
    test: files,
    ...houseSchema('classification'),
  };
  const execution = await train('wrong', { dataset, layers: [10, 5, 3] });
  const [error, cause] = ['DatasetError', 'train-0000.csv line 1, header: no column'];
  expect(execution).toMatchObject({ status: 'FAILED', error, cause: expect.stringContaining(cause) });
  const status = await getDocument(app.store, runStatus, KEYS.status('wrong'));
  expect(status).toMatchObject({ state: 'failed', error, reason: expect.stringContaining(cause) });
  const left = await app.store.list('datasets/wrong/');
  expect(left.filter((key) => !key.includes('/source/'))).toEqual([]);
});
