import { describe, expect, it } from 'vitest';
import type { InputKind } from '../../../functions/contract/data.ts';
import { DEFAULT_JOB, type JobConfig } from '../../../functions/schemas/config.ts';
import { jobOf } from '../../../scripts/planner/describe-job.ts';
import { measureSpeed, randomRows } from '../../../scripts/planner/measure-speed.ts';

const CLASSIFICATION = { layers: [40, 8, 3] };
const REGRESSION = { layers: [40, 8, 2], output: 'identity', loss: 'meanSquaredError' } as const;
const size = (kind: InputKind) => ({
  ...{ kind, trainRows: 2000, testRows: 500, trainShards: 2, testShards: 1, files: 2, density: 0.3 },
});

describe('the speed of a config', () => {
  it.each([
    ['u8', CLASSIFICATION],
    ['sparse', { ...CLASSIFICATION, sampling: 'shardShuffle' }],
    ['f32', { ...REGRESSION, optimizer: 'adam' }],
  ] as const)('is measured on rows as %s %j', async (kind, more) => {
    const config: JobConfig = {
      ...DEFAULT_JOB,
      ...more,
      layers: [...more.layers],
      dataset: 'kddcup99',
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

  it('is of rows with about the share of inputs that are not zero', () => {
    const share = (kind: InputKind) => {
      const { x } = randomRows({ ...DEFAULT_JOB, layers: [100, 10] }, kind, 1000, 0.2);
      const entries = 'pixels' in x ? x.pixels.filter((pixel) => pixel > 0).length : x.indices.length;
      return entries / (x.rows * x.columns);
    };
    for (const kind of ['u8', 'sparse'] as const) expect(share(kind)).toBeCloseTo(0.2, 1);
  });
});
