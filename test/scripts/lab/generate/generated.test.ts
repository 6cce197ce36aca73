/** Generated datasets: true to their format, the same from the same seed, and something can be learned from them. */

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CIFAR_10, KDD_ROWS, KDDCUP99 } from '../../../../core/ingest/catalogue/datasets.ts';
import { readCifar } from '../../../../core/ingest/cifar.ts';
import { datasetFromShards, rowsFromShards } from '../../../../core/ingest/dataset.ts';
import { parseIdx } from '../../../../core/ingest/idx.ts';
import { decodeShard, decodeTargetShard, encodeShard, type Shard } from '../../../../core/ingest/shard.ts';
import { encodeTable } from '../../../../core/ingest/table/encode-table.ts';
import { gatherEncoding, type TableEncoding } from '../../../../core/ingest/table/encoding.ts';
import { BadRows } from '../../../../core/ingest/table/read-table.ts';
import { RowEncoder } from '../../../../core/ingest/table/row-encoder.ts';
import type { TableSchema } from '../../../../core/ingest/table/schema.ts';
import { sparseFromDense } from '../../../../core/rows/sparse-rows.ts';
import type { LabelledRows, Labels, TargetRows } from '../../../../core/rows/training-rows.ts';
import { Trainer } from '../../../../core/training/trainer.ts';
import { DEFAULT_JOB, type JobConfig } from '../../../../functions/schemas/config.ts';
import { tarFiles } from '../../../../functions/shard-dataset/tar-files.ts';
import { houseRows, houseSchema } from '../../../../scripts/lab/generate/csv-tables.ts';
import { kddRows, labelCounts } from '../../../../scripts/lab/generate/kddcup99.ts';
import { cifarArchive, idxImages, idxLabels } from '../../../../scripts/lab/generate/picture-files.ts';
import { Pictures } from '../../../../scripts/lab/generate/pictures.ts';
import { collect } from '../../../core/ingest/chunking.ts';

const bytesOf = (pieces: Iterable<string | Uint8Array>) =>
  Buffer.concat([...pieces].map((piece) => Buffer.from(piece)));
const digestOf = (pieces: Iterable<string | Uint8Array>) =>
  createHash('sha256').update(bytesOf(pieces)).digest('hex').slice(0, 16);

const CONFIG: JobConfig = {
  ...DEFAULT_JOB,
  activation: 'relu',
  weightInit: { kind: 'he' },
  optimizer: 'adam',
  learningRate: 0.01,
  batchSize: 50,
};
const REGRESSION = { output: 'identity', loss: 'meanSquaredError' } as const;

/** Accuracy on `test` after some steps over `train`. */
function learn(
  train: LabelledRows,
  test: LabelledRows,
  classes: number,
  change: Partial<JobConfig> = {},
): number {
  const config: JobConfig = { ...CONFIG, layers: [train.x.columns, 20, classes], ...change };
  const trainer = new Trainer(config, train);
  trainer.advance(300);
  return trainer.network.accuracy(test);
}

async function shardsOf(encoding: TableEncoding, text: Uint8Array): Promise<Shard<Labels | Float32Array>[]> {
  const sources = [{ name: 'generated', chunks: [text] }];
  return collect(encodeTable(encoding, sources, { shardRows: 1000, badRows: new BadRows() }));
}

/** As it is stored, and read again. */
async function labelledTable(encoding: TableEncoding, text: Uint8Array): Promise<LabelledRows> {
  const classes = encoding.classes.length;
  const shards = await shardsOf(encoding, text);
  return datasetFromShards(shards.map(({ x, y }) => decodeShard(encodeShard(x, y, classes), classes)));
}

describe('KDD Cup 1999', () => {
  it('has the real numbers of each label for the real number of rows', () => {
    expect(labelCounts(KDD_ROWS.train, 'train').slice(0, 4)).toEqual([
      ['smurf', 2_807_886],
      ['neptune', 1_072_017],
      ['normal', 972_781],
      ['satan', 15_892],
    ]);
    expect(labelCounts(KDD_ROWS.test, 'test').find(([label]) => label === 'httptunnel')).toEqual([
      'httptunnel',
      158,
    ]);
    for (const rows of [40, 1000, 99_999]) {
      const counts = labelCounts(rows, 'test').map(([, count]) => count);
      expect(Math.min(...counts)).toBe(1);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rows);
    }
    expect(() => labelCounts(10, 'train')).toThrow('rows: got 10, expected at least 23');
  });

  it('is the same from the same seed, and another from another', () => {
    expect(digestOf(kddRows(500, 1, 'train'))).toBe('ca484a9ee4f0c28f');
    expect(digestOf(kddRows(500, 2, 'train'))).not.toBe(digestOf(kddRows(500, 1, 'train')));
  });

  it('can be learned: the network beats always saying DoS by far, on attacks it never saw, too', async () => {
    const text = { train: bytesOf(kddRows(4000, 1, 'train')), test: bytesOf(kddRows(1500, 1, 'test')) };
    const { encoding, rows } = await gatherEncoding(KDDCUP99.schema, [
      { name: 'train', chunks: [text.train] },
    ]);
    expect(rows).toBe(4000);
    expect(encoding.classes).toEqual(KDDCUP99.classNames);
    const [train, test] = [
      await labelledTable(encoding, text.train),
      await labelledTable(encoding, text.test),
    ];
    expect(new Set(train.labels)).toEqual(new Set([0, 1, 2, 3, 4]));
    const accuracy = learn(train, test, KDDCUP99.classNames!.length);
    expect(accuracy).toBeGreaterThan(0.85);
    expect(accuracy).toBeLessThan(0.99);
  });
});

describe('pictures', () => {
  it('are four IDX files', () => {
    const pictures = new Pictures({ planes: 1, side: 28 }, 10, 1);
    const images = parseIdx(bytesOf(idxImages(pictures, 28, 5, 300)));
    const labels = parseIdx(bytesOf(idxLabels(pictures, 5, 300)));
    expect([images.shape, labels.shape]).toEqual([[300, 28, 28], [300]]);
    expect(digestOf([images.data, labels.data])).toBe('6d82edeeb56f9e6e');
    // A row does not depend on where a file begins.
    expect(parseIdx(bytesOf(idxImages(pictures, 28, 6, 1))).data).toEqual(images.data.subarray(784, 2 * 784));
  });

  it('are an archive in the form of CIFAR-10, and can be learned', async () => {
    const { classes, classNames } = CIFAR_10;
    const pictures = new Pictures({ planes: 3, side: 32 }, classes, 1);
    const splits: Record<string, Shard[]> = { train: [], test: [] };
    const names: string[] = [];
    const archive = Readable.from(cifarArchive(pictures, classNames!, 1000, 200));
    for await (const { name, body } of tarFiles(archive, 'a.tar')) {
      names.push(name);
      const member = CIFAR_10.files[0]!.members.find((candidate) => candidate.name === name);
      if (member === undefined) continue;
      const records = readCifar(body, { pixels: 32 * 32, classes }, 150, name);
      splits[member.split]!.push(...(await collect(records)));
    }
    expect(names).toEqual([
      'cifar-10-batches-bin/batches.meta.txt',
      ...CIFAR_10.files[0]!.members.map(({ name }) => name),
    ]);
    const [train, test] = [datasetFromShards(splits.train!), datasetFromShards(splits.test!)];
    expect([train.x.rows, test.x.rows]).toEqual([1000, 200]);
    expect(train.shardRows).toEqual([150, 50, 150, 50, 150, 50, 150, 50, 150, 50]);
    expect(learn(train, test, classes, { optimizer: 'sgd' })).toBeGreaterThan(0.8);
  });

  it('refuse to be cut in five where that is not possible', () => {
    const pictures = new Pictures({ planes: 3, side: 32 }, 10, 1);
    expect(() => cifarArchive(pictures, [], 11, 1)).toThrow('rows: got 11, expected a multiple of 5');
  });
});

describe('CSV', () => {
  const tables = async (kind: 'classification' | 'regression') => {
    const schema = houseSchema(kind) as TableSchema;
    const [train, test] = [bytesOf(houseRows(kind, 0, 2000, 1)), bytesOf(houseRows(kind, 2000, 500, 1))];
    const { encoding } = await gatherEncoding(schema, [{ name: 'train.csv', chunks: [train] }]);
    return { encoding, train, test };
  };

  it('of classes can be learned', async () => {
    const { encoding, train, test } = await tables('classification');
    expect(encoding.classes).toEqual(['cheap', 'middling', 'dear']);
    const accuracy = learn(await labelledTable(encoding, train), await labelledTable(encoding, test), 3);
    expect(accuracy).toBeGreaterThan(0.85);
  });

  it('of numbers can be learned: the network explains most of the variance of prices that it never saw', async () => {
    const { encoding, train, test } = await tables('regression');
    const load = async (text: Uint8Array) =>
      rowsFromShards(
        (await shardsOf(encoding, text)).map(({ x, y }) => decodeTargetShard(encodeShard(x, y, 1), 1)),
        true,
      ) as TargetRows;
    const [rows, unseen] = [await load(train), await load(test)];
    expect([rows.x.rows, rows.targets.length, unseen.targets.length]).toEqual([2000, 2000, 500]);
    const config: JobConfig = { ...CONFIG, layers: [encoding.inputs, 20, 1], ...REGRESSION };
    const trainer = new Trainer(config, rows);
    trainer.advance(300);
    const { network } = trainer;
    const all = Uint32Array.from({ length: 500 }, (_, row) => row);
    const outputs = network.forward(unseen.x, all).slice();
    const squares = (value: (row: number) => number) => all.reduce((sum, row) => sum + value(row) ** 2, 0);
    // Targets are scaled to mean 0.
    const explained =
      1 - squares((row) => outputs[row]! - unseen.targets[row]!) / squares((row) => unseen.targets[row]!);
    expect(explained).toBeGreaterThan(0.9);

    // And a row as somebody asks for it, in the price's own unit.
    const encoder = new RowEncoder(encoding);
    const values = new Float32Array(encoding.inputs);
    const house = { area: 120, age: 20, rooms: 4, district: 'Hafen, West', heating: 'gas' };
    encoder.encodeValues(house, values);
    const x = sparseFromDense([values], encoding.inputs);
    const [price] = encoder.decodeTargets(network.forward(x, Uint32Array.of(0)));
    // 40 + 2·120 - 0.8·20 + 4·4 + 30 by the generator's own rule.
    expect(Math.abs(price! - 310)).toBeLessThan(25);
    expect(digestOf(houseRows('regression', 0, 100, 1))).toBe('ae1d052f20333441');
  });
});
