import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchSampler } from '../../../core/training/batch-sampler.ts';
import { stepsPerEpoch } from '../../../core/training/config.ts';

const batchOf = (sampler: BatchSampler, size: number, step: number) => {
  const batch = new Uint32Array(size);
  sampler.fill(batch, step);
  return [...batch];
};

describe.each(['withReplacement', 'shuffle'] as const)('BatchSampler %s', (sampling) => {
  it('is a pure function of seed and step, with indices in range', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.integer({ min: 0, max: 10_000 }),
        (trainSize, seed, step) => {
          const size = Math.min(trainSize, 7);
          const first = batchOf(new BatchSampler(sampling, trainSize, seed), size, step);
          const used = new BatchSampler(sampling, trainSize, seed);
          batchOf(used, size, step + 3);
          expect(batchOf(used, size, step)).toEqual(first);
          expect(first.every((index) => index < trainSize)).toBe(true);
        },
      ),
    );
  });
});

it('shuffle visits each sample once an epoch at most, all when batches divide the set, in new orders', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 0xffffffff }),
      (trainSize, wanted, seed) => {
        const size = Math.min(wanted, trainSize);
        const steps = stepsPerEpoch(size, trainSize);
        const sampler = new BatchSampler('shuffle', trainSize, seed);
        const epoch = (number: number) =>
          Array.from({ length: steps }, (_, step) => batchOf(sampler, size, number * steps + step)).flat();
        expect(new Set(epoch(3)).size).toBe(steps * size);
        if (trainSize > 20 && steps * size > 20) expect(epoch(4)).not.toEqual(epoch(3));
      },
    ),
  );
});

it('withReplacement draws every index about equally often', () => {
  const counts = new Array<number>(10).fill(0);
  const sampler = new BatchSampler('withReplacement', 10, 0);
  for (let step = 0; step < 1000; step++) for (const index of batchOf(sampler, 100, step)) counts[index]!++;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});
