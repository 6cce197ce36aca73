/** Files that are where downloads put them become shards, which are read again. */
import { expect } from 'vitest';
import { specOf, type UserDataset } from '../../../core/ingest/catalogue/user-dataset.ts';
import type { Shard } from '../../../core/ingest/shard.ts';
import type { Labels } from '../../../core/rows/training-rows.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { decodeRows } from '../../../functions/dataset/manifest.ts';
import { sourceKey, sourceOf } from '../../../functions/dataset/sources.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { s3WithContent } from '../support/fake-s3.ts';

export const bytesOf = (pieces: Iterable<string | Uint8Array>) =>
  Buffer.concat([...pieces].map((piece) => Buffer.from(piece as Uint8Array)));

/** A bucket of its own for each test of the file that calls it, and what puts datasets into it. */
export function shardingStand() {
  const store = createS3Store('bucket');
  const s3 = s3WithContent();

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

  return { store, s3, putFiles, shard, shardAgain, damagingAt };
}

/** Of all rows of bytes, each with its label. */
export const pixelRows = (shards: readonly Shard<Labels | Float32Array>[]) =>
  shards.flatMap(({ x, y, rows, columns }) =>
    Array.from({ length: rows }, (_, row) =>
      Buffer.concat([
        (x as Uint8Array).subarray(row * columns, (row + 1) * columns),
        Buffer.of(y[row]!),
      ]).toString('hex'),
    ),
  );
