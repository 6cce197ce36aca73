import { describe, expect, it } from 'vitest';
import type { LayerSpecs } from '../../../core/network/layers.ts';
import { DEFAULT_JOB, type JobConfig } from '../../../functions/schemas/config.ts';

import { jobOf, sizeFromCatalogue, sizeFromManifest } from '../../../scripts/planner/describe-job.ts';
import { TEXTBOOK } from './jobs.ts';

const config = (more: Partial<JobConfig>): JobConfig => ({ ...DEFAULT_JOB, ...more });
const DIGEST = '0'.repeat(64);

describe('a config as a job', () => {
  it('of the textbook on MNIST, as the catalogue knows it', () => {
    const job = jobOf(DEFAULT_JOB, sizeFromCatalogue(DEFAULT_JOB, {}));
    expect(job).toEqual({ ...TEXTBOOK, datasetBytes: 70_000 * 785 });
  });

  it('has the shards of the manifest where there is one', () => {
    const shard = (rows: number) => ({ key: 'k', sha256: DIGEST, rows });
    const size = sizeFromManifest({
      formatVersion: 1,
      name: 'small',
      inputShape: [784],
      classes: 10,
      splits: {
        train: { size: 50, shards: [shard(30), shard(20)] },
        test: { size: 10, shards: [shard(10)] },
      },
      sources: { a: DIGEST, b: DIGEST },
    });
    expect(size).toMatchObject({ kind: 'u8', trainRows: 50, trainShards: 2, testShards: 1 });
  });

  it.each([
    ['cifar-10', [3072, 100, 10], { trainRows: 50_000, testRows: 10_000, kind: 'u8' }],
    ['kddcup99', [122, 20, 5], { trainRows: 4_898_431, testRows: 311_029, kind: 'sparse' }],
    ['fashion-mnist', [784, 50, 10], { trainRows: 60_000, testRows: 10_000, trainShards: 6 }],
  ])('knows the rows of %s', (dataset, layers, size) => {
    expect(sizeFromCatalogue(config({ dataset, layers }), {})).toMatchObject(size);
  });

  it('asks for the rows that nobody knows, and takes them', () => {
    const dataset = {
      name: 'houses',
      format: 'csv' as const,
      train: [{ key: 'imports/a.csv' }],
      test: [{ key: 'imports/b.csv' }],
      columns: [
        { name: 'size', type: 'numeric' as const },
        { name: 'price', type: 'numeric' as const },
      ],
      target: { columns: ['price'] },
    };
    const own = config({ dataset, layers: [1, 5, 1], output: 'identity', loss: 'meanSquaredError' });
    expect(() => sizeFromCatalogue(own, {})).toThrow(
      'dataset houses: how many rows it has is not known before it is sharded; say --rows N --test-rows N',
    );
    const size = sizeFromCatalogue(own, { rows: 1_000_000, testRows: 1000 });
    expect(size).toMatchObject({ kind: 'f32', trainRows: 1_000_000, trainShards: 20, testShards: 1 });
  });

  it('of pictures has the parameters and the room of its network', () => {
    const layers: LayerSpecs = [[28, 28, 1], { conv: 8, kernel: 5 }, { maxPool: 2 }, { dropout: 0.5 }, 10];
    const of = (batchSize: number) => {
      const own = config({ layers, batchSize });
      return jobOf(own, sizeFromCatalogue(own, {}));
    };
    expect(of(64)).toMatchObject({ trainRows: 60_000, datasetBytes: 70_000 * 785, parameters: 208 + 11_530 });
    // In 64 rows more: what 24 × 24 places give and get, 8 floats each, and what they see.
    expect(of(128).networkBytes - of(64).networkBytes).toBeGreaterThan(64 * 576 * 4 * (8 + 8));
  });

  it('counts what a checkpoint holds, by optimizer', () => {
    const bytes = (optimizer: JobConfig['optimizer']) =>
      jobOf(config({ optimizer }), sizeFromCatalogue(DEFAULT_JOB, {})).checkpointBytes;
    expect([bytes('sgd'), bytes('momentum'), bytes('adam')]).toEqual([159_040, 318_080, 477_120]);
  });
});
