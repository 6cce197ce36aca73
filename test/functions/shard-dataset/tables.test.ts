/** Tables, generated, become shards and a manifest that hold what the files hold. */
import { describe, expect, it } from 'vitest';
import { DatasetError, IntegrityError } from '../../../core/errors.ts';
import { type CsvDataset, specOf } from '../../../core/ingest/catalogue/user-dataset.ts';
import { houseRows, houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';
import { kddRows } from '../../../scripts/lab/generate/kddcup99.ts';
import { bytesOf, shardingStand } from './stand.ts';

const { s3, shard } = shardingStand();

const HOUSES = {
  name: 'houses',
  format: 'csv',
  train: [{ url: 'https://example.com/1' }],
  test: [{ key: 'imports/2' }],
  ...houseSchema('classification'),
} as CsvDataset;
const csv = (train: string | Uint8Array, test: string | Uint8Array) => ({
  'train-0000.csv': Buffer.from(train as Uint8Array),
  'test-0000.csv': Buffer.from(test as Uint8Array),
});
const houses = (kind: 'classification' | 'regression', rows = 300) =>
  csv(bytesOf(houseRows(kind, 0, rows, 1)), bytesOf(houseRows(kind, rows, 50, 1)));

/** As it is, of the class in column "kind". */
const table = (columns: object[]) =>
  ({ ...HOUSES, columns, label: { column: 'kind' }, scaling: 'none', header: true }) as CsvDataset;

describe('tables', () => {
  it('of classes: encoding, class names and statistics of the training set are in the manifest', async () => {
    const { manifest, train, test } = await shard(HOUSES, houses('classification'));
    expect(manifest).toMatchObject({
      shards: 'f32',
      inputShape: [10],
      classes: 3,
      classNames: ['cheap', 'middling', 'dear'],
      badRows: { train: { count: 0, first: [] }, test: { count: 0, first: [] } },
    });
    const [area] = manifest.encoding!.columns;
    expect(area).toMatchObject({ name: 'area', type: 'numeric', statistics: { count: 300, missing: 0 } });
    const mean = train.flatMap(({ x, rows }) =>
      Array.from({ length: rows }, (_, row) => (x as Float32Array)[10 * row]!),
    );
    expect(mean.reduce((sum, value) => sum + value, 0) / 300).toBeCloseTo(0, 5);
    expect(test[0]!.rows).toBe(50);
  });

  it('of numbers', async () => {
    const dataset = { ...HOUSES, ...houseSchema('regression') } as CsvDataset;
    const { manifest, train } = await shard(
      { ...dataset, label: undefined } as CsvDataset,
      houses('regression'),
    );
    expect(manifest.targets).toEqual(['price']);
    expect(manifest.classes).toBeUndefined();
    expect(train[0]!.y).toBeInstanceOf(Float32Array);
  });

  it('in the form of KDD Cup 1999, with its classes and costs, as sparse rows', async () => {
    const dataset = { name: 'intrusions', like: 'kddcup99', from: 'https://example.com/' };
    const files = {
      'kddcup.data': bytesOf(kddRows(9000, 1, 'train')),
      corrected: bytesOf(kddRows(500, 1, 'test')),
    };
    const { manifest, train } = await shard(dataset, files);
    expect(manifest).toMatchObject({
      shards: 'sparse',
      classNames: ['normal', 'probe', 'DoS', 'U2R', 'R2L'],
      costs: [[0, 1, 2, 2, 2], expect.anything(), expect.anything(), expect.anything(), [4, 2, 2, 2, 0]],
    });
    expect(manifest.inputShape[0]).toBe(manifest.encoding!.inputs);
    expect(train.reduce((sum, { rows }) => sum + rows, 0)).toBe(9000);
  });

  it('are mixed over all of a file that is read in pieces, header or not: the same rows, each once', async () => {
    // Sorted by class, 1.3 MB, with line breaks in quotes, so that no piece begins where a line does.
    const text = (header: boolean) =>
      `${header ? 'note,"id",kind\n' : ''}${Array.from(
        { length: 30_000 },
        (_, row) => `"a note\nof two lines, ""quoted""",${row},${row < 15_000 ? 'a' : 'b'}\r\n`,
      ).join('')}`;
    const dataset = table([
      { name: 'kind', type: 'categorical' },
      { name: 'id', type: 'numeric' },
      { name: 'note', type: 'ignore' },
    ]);
    const { train } = await shard(dataset, csv(text(true), text(true)));
    const seen = new Set<number>();
    let early = 0;
    for (const { x, y, rows } of train) {
      for (let row = 0; row < rows; row++) {
        const id = (x as Float32Array)[row]!;
        seen.add(id);
        expect(y[row]).toBe(id < 15_000 ? 0 : 1);
      }
      // Half of every shard.
      early = [...y].filter((label) => label === 0).length;
      expect(Math.abs(early / rows - 0.5)).toBeLessThan(0.05);
    }
    expect(seen.size).toBe(30_000);
  });

  it('with bad rows within the limit say which', async () => {
    const files = houses('classification');
    const damaged = files['train-0000.csv'].toString().split('\n');
    damaged[5] = damaged[5]!.replace(/^[\d.]+/, 'NaN');
    damaged[9] = 'nothing';
    const { manifest } = await shard(
      { ...HOUSES, maxBadRows: 2 },
      csv(damaged.join('\n'), files['test-0000.csv']),
    );
    expect(manifest.badRows!.train).toEqual({
      count: 2,
      first: [
        'train-0000.csv line 6, column "area": got "NaN", expected a finite number',
        'train-0000.csv line 10, 1 columns, expected 7',
      ],
    });
    expect(manifest.splits.train.size).toBe(298);
  });

  it('name the line also of a row that can be read but not encoded, wherever the piece begins that it is in', async () => {
    const lines = Array.from({ length: 150_000 }, (_, row) => `${row},${row % 2 === 0 ? 'a' : 'b'}`);
    lines[140_000] = '1e100,a';
    const columns = [
      { name: 'x', type: 'numeric' },
      { name: 'kind', type: 'categorical' },
    ];
    const dataset = { ...table(columns), maxBadRows: 1 };
    const text = ['x,kind', ...lines].join('\n');
    expect(text.length).toBeGreaterThan(1024 * 1024);
    const { manifest } = await shard(dataset, csv(text, 'x,kind\n1,a\n'));
    expect(manifest.badRows!.train).toEqual({
      count: 1,
      first: ['train-0000.csv line 140002, column "x": got 1e+100, which is beyond float32 when scaled'],
    });
    expect(manifest.splits.train.size).toBe(149_999);
  });

  const header = 'area,age,rooms,district,heating,reference,class\n';
  const row = '50,3,2,Übersee,oil,H-1,dear\n50,3,2,Übersee,oil,H-1,cheap\n';
  it.each<[string, string | Uint8Array, RegExp]>([
    [
      'wrong columns',
      `area,age\n1,2\n`,
      /train-0000.csv line 1, header: no column "rooms", got .*, expected the columns/,
    ],
    [
      'NaN',
      `${header}${row}NaN,3,2,Übersee,oil,H-1,dear\n`,
      /train-0000.csv line 4, column "area": got "NaN", expected a finite number/,
    ],
    ['a line of 10 MB', `${header}${row}${'9'.repeat(1e7)}\n`, /line 4: a record longer than 1048576 bytes/],
    ['no UTF-8', Buffer.from(header + row + row.replace('Ü', 'Ü'), 'latin1'), /line 2, column 4: not UTF-8/],
    ['no rows', header, /training set: no rows/],
  ])('with %s are refused, naming the place, and nothing is visible', async (_, train, message) => {
    const sharding = shard(HOUSES, csv(train, header + row));
    await expect(sharding).rejects.toThrow(DatasetError);
    await expect(sharding).rejects.toThrow(message);
    await expect(sharding).rejects.toThrow(
      /houses reads the same files again; mended files need another name$/,
    );
    expect(s3.objects.keys().filter((key) => !key.includes('/source/'))).toEqual([]);
  });

  it('whose file was changed in the bucket are refused', async () => {
    const { url } = HOUSES.train[0]!;
    const dataset = { ...HOUSES, train: [{ url, sha256: 'ab'.repeat(32) }] } as CsvDataset;
    await expect(shard(dataset, houses('classification'))).rejects.toThrow(IntegrityError);
  });
});

describe('a table whose test set is a share of its rows', () => {
  const { test: _, ...declared } = { ...HOUSES, name: 'dealt', maxBadRows: 2 };
  const DEALT = { ...declared, split: { testShare: 0.2, seed: 3 } } as CsvDataset;
  const text = bytesOf(houseRows('classification', 0, 40_000, 1)).toString();

  it('has each row in one of both, and another seed deals them otherwise', async () => {
    // Three pieces that the training set is read by, in a random order, and a bad row.
    const lines = text.split('\n');
    lines[7] = 'bad';
    const files = { 'train-0000.csv': Buffer.from(lines.join('\n')) };
    expect(files['train-0000.csv'].length).toBeGreaterThan(1.2 * 1024 * 1024);
    const { manifest } = await shard(DEALT, files);
    const { train, test } = manifest.splits;
    expect(train.size + test.size).toBe(39_999);
    expect(Math.abs(test.size - 8000)).toBeLessThan(3);
    expect(manifest.badRows).toMatchObject({ train: { count: 1 }, test: { count: 0 } });
    // The statistics are those of the training set alone.
    const area = manifest.encoding!.columns.find(({ name }) => name === 'area')!;
    expect(area).toMatchObject({ statistics: { count: train.size } });
    const other = { ...DEALT, name: 'other', split: { testShare: 0.2, seed: 4 } } as CsvDataset;
    const again = await shard(other, files);
    expect(again.manifest.splits.test.shards[0]!.sha256).not.toBe(test.shards[0]!.sha256);
  });

  it('is refused without either, with both, and where no row is left for the test', async () => {
    expect(() => specOf(declared as CsvDataset)).toThrow('got neither test nor split, expected one of them');
    expect(() => specOf({ ...DEALT, test: [{ key: 'imports/2' }] })).toThrow('got both test and split');
    const few = { 'train-0000.csv': Buffer.from(text.split('\n').slice(0, 3).join('\n')) };
    await expect(shard({ ...DEALT, name: 'few', split: { testShare: 0.1 } }, few)).rejects.toThrow(
      /test set: no rows/,
    );
  });
});
