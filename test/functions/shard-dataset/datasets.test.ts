/** Files in each format, generated, become shards and a manifest that hold what the files hold. */
import { describe, expect, it } from 'vitest';
import { DatasetError, IntegrityError } from '../../../core/errors.ts';
import { type Catalogue, CIFAR_10 } from '../../../core/ingest/catalogue/datasets.ts';
import type { IdxSpec } from '../../../core/ingest/catalogue/spec.ts';
import { type CsvDataset, specOf, type UserDataset } from '../../../core/ingest/catalogue/user-dataset.ts';
import { parseIdx } from '../../../core/ingest/idx.ts';
import type { Shard } from '../../../core/ingest/shard.ts';
import type { Labels } from '../../../core/rows/training-rows.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { decodeRows } from '../../../functions/dataset/manifest.ts';
import { sourceKey, sourceOf } from '../../../functions/dataset/sources.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { ConflictError } from '../../../functions/store/errors.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { houseRows, houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';
import { kddRows } from '../../../scripts/lab/generate/kddcup99.ts';
import { cifarArchive, idxImages, idxLabels } from '../../../scripts/lab/generate/picture-files.ts';
import { Pictures } from '../../../scripts/lab/generate/pictures.ts';
import { tarArchive } from '../../../scripts/lab/generate/tar-archive.ts';
import { s3WithContent } from '../support/fake-s3.ts';

const store = createS3Store('bucket');
const s3 = s3WithContent();

const bytesOf = (pieces: Iterable<string | Uint8Array>) =>
  Buffer.concat([...pieces].map((piece) => Buffer.from(piece as Uint8Array)));

/** Puts the files where downloads put them. */
async function putFiles(dataset: UserDataset, files: Record<string, Uint8Array>): Promise<void> {
  const spec = specOf(dataset);
  for (const file of spec.files) {
    const key = sourceKey(spec.name, file.name, sourceOf(spec, file));
    await store.createImmutable(key, files[file.name]!);
  }
}

async function shard(dataset: UserDataset, files: Record<string, Uint8Array>) {
  await putFiles(dataset, files);
  return shardAgain(dataset);
}

/** A store that gives other bytes at the last of so many reads of an object's data. */
function damagingAt(key: string, read: number) {
  let reads = 0;
  const stream: typeof store.stream = async function* (asked, range) {
    const isDamaged = asked === key && ++reads === read;
    for await (const chunk of store.stream(asked, range)) {
      const bytes = Uint8Array.from(chunk);
      // In the data, not in what says how many there are.
      if (isDamaged) bytes[bytes.length - 1]! ^= 1;
      yield bytes;
    }
  };
  const damaging = new Proxy(store, {
    get: (target, name: keyof typeof store) => (name === 'stream' ? stream : target[name].bind(target)),
  });
  return { store: damaging, reads: () => reads };
}

async function shardAgain(dataset: UserDataset) {
  const answer = await shardDataset({ store, dataset });
  const { name } = dataset;
  const manifest = datasetManifest.parse(s3.json(KEYS.manifest(name)));
  if (manifest.formatVersion !== 2) throw new Error('not the second manifest');
  expect(answer).toEqual({
    dataset: name,
    manifestSha256: sha256(s3.objects.get(KEYS.manifest(name))!.body),
    trainSize: manifest.splits.train.size,
    testSize: manifest.splits.test.size,
  });
  const rows = (split: 'train' | 'test') =>
    manifest.splits[split].shards.map(({ key, sha256: digest, rows }): Shard<Labels | Float32Array> => {
      const { body } = s3.objects.get(key)!;
      expect(sha256(body)).toBe(digest);
      const decoded = decodeRows(body, manifest);
      expect(decoded.rows).toBe(rows);
      return decoded;
    });
  return { manifest, train: rows('train'), test: rows('test') };
}

/** Of all rows of bytes, each with its label. */
const pixelRows = (shards: readonly Shard<Labels | Float32Array>[]) =>
  shards.flatMap(({ x, y, rows, columns }) =>
    Array.from({ length: rows }, (_, row) =>
      Buffer.concat([
        (x as Uint8Array).subarray(row * columns, (row + 1) * columns),
        Buffer.of(y[row]!),
      ]).toString('hex'),
    ),
  );

const NO_MEMBERS = [{ name: 'readme.txt', size: 2, pieces: [Buffer.from('hi')] }];
const likeCifar = { name: 'pictures', like: 'cifar-10', from: 'https://example.com/' } as const;

describe('pictures', () => {
  const pictures = new Pictures({ planes: 1, side: 6 }, 3, 1);
  const IDX = {
    name: 'letters',
    format: 'idx',
    files: {
      train: { images: { url: 'https://example.com/a' }, labels: { url: 'https://example.com/b' } },
      test: { images: { url: 'https://example.com/c' }, labels: { key: 'imports/d' } },
    },
  } as const;
  const files = {
    'train-images': bytesOf(idxImages(pictures, 6, 0, 90)),
    'train-labels': bytesOf(idxLabels(pictures, 0, 90)),
    'test-images': bytesOf(idxImages(pictures, 6, 90, 20)),
    'test-labels': bytesOf(idxLabels(pictures, 90, 20)),
  };

  it('in IDX: shape and classes are what the files say, and the training set is mixed', async () => {
    const { manifest, train, test } = await shard(IDX, files);
    expect(manifest).toMatchObject({ shards: 'u8', inputShape: [6, 6], classes: 3 });
    expect(manifest.sources).toEqual(
      Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)])),
    );
    const all = (images: Uint8Array, labels: Uint8Array) => {
      const [x, y] = [parseIdx(images), parseIdx(labels)];
      return pixelRows([{ rows: y.data.length, columns: 36, x: x.data, y: y.data }]);
    };
    const before = all(files['train-images'], files['train-labels']);
    expect(pixelRows(train)).not.toEqual(before);
    expect(pixelRows(train).sort()).toEqual(before.sort());
    // The test set stays as it was.
    expect(pixelRows(test)).toEqual(all(files['test-images'], files['test-labels']));
  });

  it('that are there already are taken as they are; under another definition they are refused', async () => {
    const first = await shard(IDX, files);
    const objects = s3.objects.keys();
    expect((await shardAgain(IDX)).manifest).toEqual(first.manifest);
    expect(s3.objects.keys()).toEqual(objects);
    const other = shardDataset({ store, dataset: { ...IDX, classNames: ['a', 'b', 'c'] } });
    await expect(other).rejects.toThrow(ConflictError);
    await expect(other).rejects.toThrow(
      'dataset letters exists with another definition; choose another name',
    );
  });

  it('of a name are the same when the catalogue comes to know more of the same files', async () => {
    const spec = (digests: Record<string, { sha256: string }>): Catalogue => {
      const known = specOf(IDX) as IdxSpec;
      const named = known.files.map(({ name, split, role }) => ({ name, split, role, ...digests[name] }));
      return new Map([['letters', { ...known, files: named }]]);
    };
    for (const [name, bytes] of Object.entries(files)) {
      await store.createImmutable(KEYS.source('letters', name), bytes);
    }
    const shardNamed = (digests: Record<string, { sha256: string }>) =>
      shardDataset({ store, dataset: 'letters', catalogue: spec(digests) });
    const before = await shardNamed({});
    const digests = Object.fromEntries(
      Object.entries(files).map(([name, bytes]) => [name, { sha256: sha256(bytes) }]),
    );
    expect(await shardNamed(digests)).toEqual(before);
    const { 'test-labels': _, ...three } = digests;
    await expect(shardNamed(three)).rejects.toThrow(ConflictError);
    await expect(shardNamed({ ...digests, 'test-labels': { sha256: '0'.repeat(64) } })).rejects.toThrow(
      ConflictError,
    );
  });

  it('with other labels than the declared classes leave no manifest, and a mended declaration finds its way', async () => {
    const wrong = shard({ ...IDX, classNames: ['a', 'b'] }, files);
    await expect(wrong).rejects.toThrow(/letters train label \d+: got 2, expected a class below 2/);
    expect(s3.objects.has(KEYS.manifest('letters'))).toBe(false);
    const { manifest } = await shardAgain({ ...IDX, classNames: ['a', 'b', 'c'] });
    expect(manifest.classNames).toEqual(['a', 'b', 'c']);
  });

  it.each(Object.keys(files))('whose %s is damaged on its way write nothing of that', async (name) => {
    await shard(IDX, files);
    const right = new Map([...s3.objects].map(([key, { body }]) => [key, sha256(body)]));
    const spec = specOf(IDX);
    const file = spec.files.find((candidate) => candidate.name === name)!;
    const source = sourceKey(spec.name, name, sourceOf(spec, file));
    let reads = 0;
    // Whichever read of the file it is, up to one that is none any more.
    for (let read = 1; reads >= read - 1; read++) {
      s3.objects.clear();
      await putFiles(IDX, files);
      const damaging = damagingAt(source, read);
      const attempt = shardDataset({ store: damaging.store, dataset: IDX });
      await attempt.catch((error: unknown) => expect(error).toBeInstanceOf(IntegrityError));
      reads = damaging.reads();
      expect(s3.objects.has(KEYS.manifest('letters'))).toBe(reads < read);
      for (const [key, { body }] of s3.objects) expect(sha256(body), key).toBe(right.get(key));
    }
    expect(reads).toBeGreaterThan(1);
  });

  it('in the form of CIFAR-10', async () => {
    const own = new Pictures({ planes: 3, side: 32 }, 10, 1);
    const archive = bytesOf(cifarArchive(own, CIFAR_10.classNames!, 100, 20));
    const { manifest, train, test } = await shard(likeCifar, { 'cifar-10-binary.tar': archive });
    expect(manifest).toMatchObject({
      shards: 'u8',
      inputShape: [3, 32, 32],
      classes: 10,
      classNames: CIFAR_10.classNames,
      sources: { 'cifar-10-binary.tar': sha256(archive) },
    });
    expect([pixelRows(train).length, pixelRows(test).length]).toEqual([100, 20]);
    expect(pixelRows(test)[3]!.slice(-2)).toBe(Buffer.of(own.labelOf(103)).toString('hex'));
  });

  it.each<[string, (archive: Buffer) => Uint8Array, string | RegExp]>([
    [
      'cut off',
      (archive) => archive.subarray(0, 100_000),
      /cifar-10-binary.tar is no tar archive, or a damaged one: TAR_BAD_ARCHIVE: Truncated/,
    ],
    ['no tar', () => Buffer.alloc(1024, 7), /cifar-10-binary.tar is no tar archive, or a damaged one/],
    ['of other files', () => bytesOf(tarArchive(NO_MEMBERS)), /no file cifar-10-batches-bin\/data_batch_1/],
  ])('an archive that is %s is named, and nothing is visible', async (_, damage, message) => {
    const own = new Pictures({ planes: 3, side: 32 }, 10, 1);
    const archive = bytesOf(cifarArchive(own, CIFAR_10.classNames!, 50, 10));
    await expect(shard(likeCifar, { 'cifar-10-binary.tar': damage(archive) })).rejects.toThrow(message);
    expect(s3.objects.has(KEYS.manifest('pictures'))).toBe(false);
  });
});

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
