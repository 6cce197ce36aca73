/** Datasets that are read piece by piece. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { loadDataset, openDataset } from '../../../functions/dataset/load.ts';
import { ShardCache } from '../../../functions/dataset/shard-cache.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import { tinyRuns } from '../support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare, manifest } = tinyRuns(store);
const s3 = s3WithContent(prepare);

const labelsOf = (rows: object) => [...(rows as { labels: Uint8Array }).labels];

describe('openDataset', () => {
  it("gives a split's rows in order, a shard at a time", async () => {
    const dataset = await openDataset(store, 'tiny', manifest(), 0);
    const labels: number[][] = [];
    for await (const rows of dataset.pieces('train')) labels.push(labelsOf(rows));
    expect(labels.map(({ length }) => length)).toEqual([8, 8, 8, 6]);
    expect(labels.flat()).toEqual(labelsOf((await loadDataset(store, 'tiny', manifest())).train));
  });

  it('fails where the missing shard stands, not when it is found missing', async () => {
    s3.objects.delete(KEYS.shard('tiny', 'train', 2));
    const dataset = await openDataset(store, 'tiny', manifest(), 0);
    // The first shard comes last; whoever waits for it has not looked at the third yet.
    s3.once(GetObjectCommand, async (_input, perform) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return perform();
    });
    const seen: number[] = [];
    const read = async () => {
      for await (const rows of dataset.pieces('train')) seen.push(rows.x.rows);
    };
    await expect(read()).rejects.toThrow('train/00002.safetensors is not there');
    expect(seen).toEqual([8, 8]);
  });

  it('leaves off when nobody wants more', async () => {
    const dataset = await openDataset(store, 'tiny', manifest(), 0);
    for await (const rows of dataset.pieces('train')) {
      expect(rows.x.rows).toBe(8);
      break;
    }
  });
});

describe('ShardCache', () => {
  const rows = { x: { rows: 10, columns: 9, pixels: new Uint8Array(90) }, labels: new Uint8Array(10) };

  it('keeps what came first, as far as there is room', () => {
    const cache = new ShardCache('dataset', 250);
    for (const key of ['a', 'b', 'c']) expect(cache.offer(key, rows)).toBe(rows);
    expect(cache.get('a')).toBe(rows);
    expect(cache.get('b')).toBe(rows);
    expect(cache.get('c')).toBeUndefined();
    // What it has takes no more room.
    cache.offer('a', rows);
    const small = { x: { ...rows.x, pixels: new Uint8Array(40) }, labels: new Uint8Array(10) };
    expect(cache.offer('d', small)).toBe(small);
    expect(cache.get('d')).toBe(small);
  });
});
