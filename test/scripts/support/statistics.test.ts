import { describe, expect, it } from 'vitest';
import { mean, median, spread, standardDeviation } from '../../../scripts/support/statistics.ts';

describe('figures of repeated measurements', () => {
  it('median: the middle one, or the mean of the middle two, whatever the order', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([10, 9, 100])).toBe(10);
    expect(median([7])).toBe(7);
  });

  it('does not reorder what it is given', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('mean and sample standard deviation', () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(standardDeviation([3])).toBe(0);
  });

  it('spread: (max - min) / median', () => {
    expect(spread([1.9, 2, 2.2])).toBeCloseTo(0.15, 12);
    expect(spread([2])).toBe(0);
  });
});
