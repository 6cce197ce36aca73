/** Picture files in each format, generated, become shards and a manifest that hold what the files hold. */
import { describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../core/errors.ts';
import { type Catalogue, CIFAR_10 } from '../../../core/ingest/catalogue/datasets.ts';
import type { IdxSpec } from '../../../core/ingest/catalogue/spec.ts';
import { specOf } from '../../../core/ingest/catalogue/user-dataset.ts';
import { idxHeader, parseIdx } from '../../../core/ingest/idx.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { sourceKey, sourceOf } from '../../../functions/dataset/sources.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { ConflictError } from '../../../functions/store/errors.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { cifarArchive, idxImages, idxLabels } from '../../../scripts/lab/generate/picture-files.ts';
import { Pictures } from '../../../scripts/lab/generate/pictures.ts';
import { tarArchive } from '../../../scripts/lab/generate/tar-archive.ts';
import { bytesOf, pixelRows, shardingStand } from './stand.ts';

const { store, s3, putFiles, shard, shardAgain, damagingAt } = shardingStand();

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

  it('of a training set alone are dealt by class, and the manifest says how pictures become rows', async () => {
    const { test: _, ...own } = IDX.files;
    const form = { height: 3, width: 4, channels: 3, fit: 'crop' } as const;
    const declared = (seed: number) => ({
      ...IDX,
      files: own,
      split: { testShare: 0.25, seed },
      pictures: form,
    });
    const images = [idxHeader([90, 3, 4, 3]), ...idxImages(pictures, 6, 0, 90)].toSpliced(1, 1);
    const labels = files['train-labels'];
    const { manifest, train, test } = await shard(declared(0), {
      'train-images': bytesOf(images),
      'train-labels': labels,
    });
    expect(manifest).toMatchObject({ inputShape: [3, 4, 3], pictures: form });
    const [x, y] = [parseIdx(bytesOf(images)), parseIdx(labels)];
    const all = pixelRows([{ rows: 90, columns: 36, x: x.data, y: y.data }]);
    expect([...pixelRows(train), ...pixelRows(test)].sort()).toEqual(all.toSorted());
    const ofClass = (rows: string[], label: number) => rows.filter((row) => row.endsWith(`0${label}`)).length;
    for (const label of [0, 1, 2]) {
      const count = ofClass(all, label);
      expect(Math.abs(ofClass(pixelRows(test), label) - count / 4)).toBeLessThanOrEqual(1);
    }
    s3.objects.clear();
    const other = await shard(declared(1), { 'train-images': bytesOf(images), 'train-labels': labels });
    expect(other.test.length).toBe(1);
    expect(pixelRows(other.test)).not.toEqual(pixelRows(test));
  });

  it('of another shape than they are declared to have become are refused', async () => {
    const form = { height: 4, width: 3, channels: 3, fit: 'crop' } as const;
    await expect(shard({ ...IDX, pictures: form }, files)).rejects.toThrow(
      'letters train: images are 90×6×6, labels 90, expected 90×4×3×3 and as many labels',
    );
    expect(s3.objects.has(KEYS.manifest('letters'))).toBe(false);
  });

  it('of so few rows that the test set has none are refused', async () => {
    const { test: _, ...own } = IDX.files;
    const few = {
      'train-images': bytesOf(idxImages(pictures, 6, 0, 3)),
      'train-labels': bytesOf(idxLabels(pictures, 0, 3)),
    };
    await expect(shard({ ...IDX, files: own, split: { testShare: 0.1 } }, few)).rejects.toThrow(
      'test set: no rows, expected at least one; a share of 0.1 of so few rows is none',
    );
    expect(s3.objects.has(KEYS.manifest('letters'))).toBe(false);
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
      inputShape: [32, 32, 3],
      pictures: { height: 32, width: 32, channels: 3, fit: 'crop' },
      classes: 10,
      classNames: CIFAR_10.classNames,
      sources: { 'cifar-10-binary.tar': sha256(archive) },
    });
    expect([pixelRows(train).length, pixelRows(test).length]).toEqual([100, 20]);
    // Planes in the file, pixels in the row.
    const planes = new Uint8Array(own.bytes);
    own.draw(103, planes);
    const row = [...planes.subarray(0, 1024)].flatMap((red, at) => [
      red,
      planes[1024 + at]!,
      planes[2048 + at]!,
    ]);
    expect(pixelRows(test)[3]).toBe(Buffer.of(...row, own.labelOf(103)).toString('hex'));
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
