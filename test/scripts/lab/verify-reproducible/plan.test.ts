import { describe, expect, it } from 'vitest';
import type { LayerSpecs } from '../../../../core/network/layers.ts';
import { DEFAULT_CONFIG } from '../../../../core/training/config.ts';
import { referenceStepsOf, waysToTrain } from '../../../../scripts/lab/verify-reproducible/plan.ts';

describe('the ways to train', () => {
  const ways = waysToTrain(DEFAULT_CONFIG, 60_000, 300);

  it('are the kernels in three chunk sizes on one thread and two, and the reference', () => {
    const chunks = ways.map(({ threads, segments }) => [threads, ...segments.map(({ chunk }) => chunk)]);
    expect(chunks).toEqual([
      [1, 600],
      [1, 37],
      [1, 10_000],
      [1, 10_000],
      [2, 600],
      [2, 37],
      [2, 10_000],
      [2, 10_000],
      [1, 37, 37, 37],
    ]);
  });

  it('have one in plain vectors for each number of threads', () => {
    expect(ways.filter(({ isPlain }) => isPlain).map(({ threads }) => threads)).toEqual([1, 2]);
  });

  it('all end at the run’s last step', () => {
    expect(new Set(ways.map(({ segments }) => segments.at(-1)!.untilStep))).toEqual(new Set([10_000]));
  });

  it('have the reference at both ends, the kernels between', () => {
    expect(ways.at(-1)!.segments.map(({ backend, untilStep }) => [backend, untilStep])).toEqual([
      ['reference', 300],
      ['wasm', 9_700],
      ['reference', 10_000],
    ]);
  });

  it('have the reference alone where its ends meet', () => {
    const [, , , , , , , , last] = waysToTrain({ ...DEFAULT_CONFIG, iterations: 500 }, 60_000, 300);
    expect(last!.segments).toEqual([{ backend: 'reference', untilStep: 500, chunk: 37 }]);
  });

  it('have three chunks where the run is shorter than an epoch', () => {
    const [first] = waysToTrain({ ...DEFAULT_CONFIG, iterations: 100 }, 60_000, 300);
    expect(first!.title).toBe('wasm, 1 thread, 3 chunks');
    expect(first!.segments).toEqual([{ backend: 'wasm', untilStep: 100, chunk: 34 }]);
  });

  it('have shorter chunks of a run that is shorter than 37 steps', () => {
    const [, odd] = waysToTrain({ ...DEFAULT_CONFIG, iterations: 12 }, 60_000, 1);
    expect(odd!.segments).toEqual([{ backend: 'wasm', untilStep: 12, chunk: 5 }]);
  });

  it('give the reference as much work, whatever the network', () => {
    expect(referenceStepsOf(DEFAULT_CONFIG)).toBe(300);
    const layers: LayerSpecs = [[28, 28, 1], { conv: 16, kernel: 3 }, { maxPool: 2 }, 10];
    // 26 × 26 places of 9 · 16, and 13 · 13 · 16 · 10.
    expect(referenceStepsOf({ ...DEFAULT_CONFIG, layers, batchSize: 50 })).toBe(192);
    expect(referenceStepsOf({ ...DEFAULT_CONFIG, batchSize: 60_000 })).toBe(1);
  });

  it('leave the reference out on demand', () => {
    expect(waysToTrain(DEFAULT_CONFIG, 60_000, 0)).toHaveLength(8);
  });
});
