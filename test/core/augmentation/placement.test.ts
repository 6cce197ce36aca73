/** How far rows are changed: the whole of what is allowed, nothing beyond, and no part of it more often. */
import { expect, it } from 'vitest';
import { noPlacement, type Placement, place } from '../../../core/augmentation/placement.ts';
import type { Augmentation } from '../../../core/augmentation/settings.ts';

const ROWS = 4000;
const placements = (how: Augmentation): Placement[] =>
  Array.from({ length: ROWS }, (_, row) => {
    const placement = noPlacement();
    place(placement, how, 12, 21, 9, 2, row);
    return placement;
  });

/** Share of the values in each fifth of [-most, most]; all are in there. */
function fifths(values: number[], most: number): number[] {
  const shares = [0, 0, 0, 0, 0];
  for (const value of values) shares[Math.floor(((value / most + 1) / 2) * 5)]! += 1 / values.length;
  return shares;
}

const even = (shares: number[]) => {
  expect(shares).toHaveLength(5);
  for (const share of shares) expect(share).toBeCloseTo(0.2, 1.4);
};

it('shifts are uniform, down and across independently', () => {
  const all = placements({ shift: 3 });
  const [down, across] = [all.map(({ y0 }) => -y0), all.map(({ x0 }) => -x0)];
  even(fifths(down, 3));
  even(fifths(across, 3));
  const both = down.reduce((sum, value, n) => sum + value * across[n]!, 0) / ROWS;
  expect(Math.abs(both)).toBeLessThan(0.2);
});

it('rotations are uniform, and leave the centre where it is', () => {
  const all = placements({ rotation: 30 });
  even(
    fifths(
      all.map(({ yx, yy }) => (Math.atan2(yx, yy) * 180) / Math.PI),
      30,
    ),
  );
  for (const { y0, yy, yx, x0, xy, xx } of all) {
    expect(y0 + yy * 5.5 + yx * 10).toBeCloseTo(5.5, 10);
    expect(x0 + xy * 5.5 + xx * 10).toBeCloseTo(10, 10);
  }
});

it('scales are uniform and alike in both directions', () => {
  const all = placements({ scale: 0.4 });
  even(
    fifths(
      all.map(({ yy }) => 1 / yy - 1),
      0.4,
    ),
  );
  for (const { yy, xx, yx, xy } of all) expect([yy, yx + 0, xy + 0]).toEqual([xx, 0, 0]);
});

it('crops are moves by whole pixels, each as often', () => {
  const all = placements({ crop: 2 });
  for (const moves of [all.map(({ y0 }) => -y0), all.map(({ x0 }) => -x0)]) {
    expect(moves.every(Number.isInteger)).toBe(true);
    even([-2, -1, 0, 1, 2].map((move) => moves.filter((each) => each === move).length / ROWS));
  }
});

it('one change draws the same whatever else is changed', () => {
  const alone = placements({ crop: 2 });
  const together = placements({ crop: 2, flip: true, elastic: { alpha: 1, sigma: 1 } });
  expect(together.map(({ y0 }) => y0)).toEqual(alone.map(({ y0 }) => y0));
  expect(together.filter(({ xx }) => xx === -1).length / ROWS).toBeCloseTo(0.5, 1.4);
});
