/** The split of requests: as large as asked for, and always the same. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInShare } from '../../../functions/predict/trial.ts';

describe('isInShare', () => {
  it('has none of the requests at 0 and all at 1', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        expect(isInShare(id, 0)).toBe(false);
        expect(isInShare(id, 1)).toBe(true);
      }),
    );
  });

  it('keeps the requests of a smaller share in a larger one', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.string(), share, share, (id, a, b) => {
        if (isInShare(id, Math.min(a, b))) expect(isInShare(id, Math.max(a, b))).toBe(true);
      }),
    );
  });

  it('decides as it always has', () => {
    // SHA-256 of "abc" begins with ba7816bf: 0.7284 of the range.
    expect(isInShare('abc', 0.728)).toBe(false);
    expect(isInShare('abc', 0.729)).toBe(true);
  });

  it.each([
    ['random ids', 0.1, () => randomUUID()],
    ['random ids', 0.5, () => randomUUID()],
    ['ids that count', 0.1, (index: number) => `request-${index}`],
    ['ids that count', 0.9, (index: number) => `request-${index}`],
  ])('takes of 20,000 %s a share of %d within six standard deviations', (_what, share, idOf) => {
    const n = 20_000;
    const picked = Array.from({ length: n }, (_, index) => isInShare(idOf(index), share)).filter(
      Boolean,
    ).length;
    expect(Math.abs(picked - n * share)).toBeLessThan(6 * Math.sqrt(n * share * (1 - share)));
  });
});
