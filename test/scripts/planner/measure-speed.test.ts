import { describe, expect, it } from 'vitest';
import type { Network } from '../../../core/model/network.ts';
import type { LayerSpecs } from '../../../core/network/layers.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import type { InputKind } from '../../../functions/contract/data.ts';
import { DEFAULT_JOB, type JobConfig } from '../../../functions/schemas/config.ts';
import { jobOf } from '../../../scripts/planner/describe-job.ts';
import { measureEvaluation, measureSpeed, randomRows } from '../../../scripts/planner/measure-speed.ts';

const PICTURES: LayerSpecs = [[6, 7, 1], { conv: 3, kernel: 3 }, { maxPool: 2 }, { dropout: 0.5 }, 3];
const CLASSIFICATION = { layers: [40, 8, 3] };
const REGRESSION = { layers: [40, 8, 2], output: 'identity', loss: 'meanSquaredError' } as const;
const size = (kind: InputKind) => ({
  ...{ kind, trainRows: 2000, testRows: 500, trainShards: 2, testShards: 1, density: 0.3 },
});

describe('the speed of a config', () => {
  it.each([
    ['u8', CLASSIFICATION],
    ['sparse', { ...CLASSIFICATION, sampling: 'shardShuffle' }],
    ['f32', { ...REGRESSION, optimizer: 'adam' }],
    ['u8', { layers: PICTURES, activation: 'relu', dataset: 'pictures' }],
  ] as const)('is measured on rows as %s %j', async (kind, more) => {
    const config: JobConfig = {
      ...DEFAULT_JOB,
      dataset: 'kddcup99',
      ...more,
    };
    const speed = await measureSpeed(config, size(kind), jobOf(config, size(kind)), 0.02);
    const { parallelShare, imagesPerSecond, ...times } = speed;
    for (const [what, ms] of Object.entries(times)) {
      expect([what, ms >= 0 && Number.isFinite(ms)]).toEqual([what, true]);
    }
    expect(times.stepMs).toBeGreaterThan(0);
    expect(parallelShare).toBeGreaterThanOrEqual(0);
    expect(parallelShare).toBeLessThanOrEqual(1);
    expect(imagesPerSecond[0]).toBeCloseTo((config.batchSize / times.stepMs) * 1000);
  });

  it('of an evaluation is that of all rows, of which only some are taken where they take long', () => {
    const data = randomRows({ ...DEFAULT_JOB, layers: PICTURES }, 'u8', 6000, 0.5);
    const { network } = new Trainer({ ...DEFAULT_JOB, layers: PICTURES, activation: 'relu' }, data);
    const { architecture, classes } = network;
    // A millisecond a row.
    let ms = 0;
    const forward: Network['forward'] = (x, batch) => {
      ms += batch.length;
      return network.forward(x, batch);
    };
    const timed = { architecture, classes, forward } as Network;
    const measured = (seconds: number) => measureEvaluation(timed, data, seconds, () => ms);
    expect(measured(60)).toEqual({ rows: 6000, evaluateMs: 6000 });
    expect(measured(5)).toEqual({ rows: 768, evaluateMs: 6000 });
    expect(measured(0.001)).toEqual({ rows: 256, evaluateMs: 6000 });
  });

  it('is of rows with about the share of inputs that are not zero', () => {
    const share = (kind: InputKind, more: object = {}) => {
      const { x } = randomRows({ ...DEFAULT_JOB, layers: [100, 10], ...more }, kind, 1000, 0.2);
      const entries = 'pixels' in x ? x.pixels.filter((pixel) => pixel > 0).length : x.indices.length;
      return entries / (x.rows * x.columns);
    };
    for (const kind of ['u8', 'sparse'] as const) {
      expect(share(kind)).toBeCloseTo(0.2, 1);
      expect(share(kind, { augmentation: {} })).toBe(0.2);
    }
  });
});
