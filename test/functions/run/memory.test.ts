/** Which datasets a function may hold, and what people are told of the others. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { checkFitsInMemory } from '../../../functions/run/data.ts';
import { startStopwatch } from '../../../functions/run/stopwatch.ts';
import { DEFAULT_JOB, type JobConfig } from '../../../functions/schemas/config.ts';
import { type DatasetManifest, datasetManifest } from '../../../functions/schemas/dataset.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import { tinyRuns } from '../support/tiny-run.ts';

const store = createS3Store('bucket');
const s3 = s3WithContent();

const split = (size: number, name: string) => ({
  size,
  shards: [{ key: `${name}.safetensors`, sha256: '0'.repeat(64), rows: 1000 }],
});
function manifestOf(rows: number, more: object): DatasetManifest {
  return datasetManifest.parse({
    name: 'large',
    inputShape: [100],
    classes: 5,
    splits: { train: split(rows, 'train'), test: split(rows / 10, 'test') },
    sources: {},
    ...more,
  });
}
const first = (rows: number) => manifestOf(rows, { formatVersion: 1 });
const second = (rows: number, shards: string) =>
  manifestOf(rows, { formatVersion: 2, definition: '0'.repeat(64), shards });
const CONFIG: JobConfig = { ...DEFAULT_JOB, layers: [100, 20, 5], sampling: 'shuffle' };
const fits = (manifest: DatasetManifest, memoryMb: number, config = CONFIG) =>
  checkFitsInMemory(store, manifest, config, memoryMb);

describe('checkFitsInMemory', () => {
  it('counts three copies of bytes, five of float32', async () => {
    // 1.1 million rows of 100 inputs: 104.9 MiB, or 419.6.
    const million = 1_000_000;
    for (const manifest of [first(million), second(million, 'u8')]) {
      await fits(manifest, 571);
      await expect(fits(manifest, 570)).rejects.toThrow(/about 105 MB in shards, need about 571 MB/);
    }
    await fits(second(million, 'f32'), 2355);
    await expect(fits(second(million, 'f32'), 2354)).rejects.toThrow(/need about 2355 MB/);
  });

  it("takes the size of sparse rows from each split's first shard", async () => {
    s3.objects.set('train.safetensors', { body: new Uint8Array(320_000) });
    s3.objects.set('test.safetensors', { body: new Uint8Array(160_000) });
    // 320 bytes a row of 4.9 million and 160 of 490,000.
    await expect(fits(second(4_900_000, 'sparse'), 1769)).rejects.toThrow(
      'sampling: got shuffle, which holds the whole dataset in memory: the 4900000 and 490000 rows of large, about 1570 MB in shards, need about 4967 MB with the network, and the function has 1769; expected "shardShuffle", which reads shards when their turn comes, or a deployment with -c trainMemory=4967 or more (at most 10240)',
    );
    await fits(second(4_900_000, 'sparse'), 4967);
    await expect(fits(second(4_900_000, 'sparse'), 1769)).rejects.toThrow(ConfigError);
    s3.objects.delete('test.safetensors');
    await expect(fits(second(4_900_000, 'sparse'), 9000)).rejects.toThrow('test.safetensors is not there');
  });
});

describe('checkFitsInMemory of a large network', () => {
  /** 12.5 million weights, each with two numbers of adam's. */
  const large: JobConfig = { ...CONFIG, layers: [0, 125_000, 0], optimizer: 'adam' };

  it('has its weights beside the rows, and alone where these are streamed', async () => {
    // Weights and state five times, of which the kernels' have lanes of their own, and a block's values.
    await expect(fits(first(1_000_000), 1500, large)).rejects.toThrow(
      /the 1000000 and 100000 rows of large, about 105 MB in shards, need about 1\d{3} MB with the network, and the function has 1500/,
    );
    await fits(first(1_000_000), 1500, { ...large, sampling: 'shardShuffle' });
    await expect(fits(first(1_000_000), 900, { ...large, sampling: 'shardShuffle' })).rejects.toThrow(
      'layers: got 100-125000-5, which take ',
    );
  });

  it('is refused first where the dataset is another', async () => {
    await expect(fits(first(1000), 600, { ...large, layers: [101, 125_000, 5] })).rejects.toThrow(
      'layers[0]: got 101, expected 100, the inputs of dataset mnist',
    );
  });
});

describe('a run', () => {
  it.each(['withReplacement', 'shuffle'])(
    'of %s is refused before it exists, where its dataset does not fit; streamed it trains',
    async (sampling) => {
      const { prepare, start, chunk } = tinyRuns(store, 7);
      await prepare();
      const own = () => ({ stopwatch: startStopwatch(200) });
      await expect(start('run', { sampling }, undefined, own())).rejects.toThrow(
        `sampling: got ${sampling}, which holds the whole dataset in memory`,
      );
      expect(s3.objects.has(KEYS.runConfig('run'))).toBe(false);
      const begun = await start('run', { sampling: 'shardShuffle' }, undefined, own());
      expect((await chunk(begun, undefined, own())).step).toBe(30);
    },
  );
});
