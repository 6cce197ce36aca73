import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AND, NAND, OR, perceptron, XOR } from '../../../core/textbook/perceptron.ts';

const INPUTS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const;
const table = (gate: (x1: number, x2: number) => number) => INPUTS.map(([x1, x2]) => gate(x1, x2)).join('');

describe('gates', () => {
  it.each([
    ['AND', AND, '0001'],
    ['NAND', NAND, '1110'],
    ['OR', OR, '0111'],
    ['XOR, of two layers', XOR, '0110'],
  ])('%s', (_, gate, expected) => {
    expect(table(gate)).toBe(expected);
  });
});

describe('perceptron', () => {
  it('fires above the threshold, not at it', () => {
    const p = perceptron([2, -1], -1);
    expect(p([1, 1])).toBe(0);
    expect(p([1, 0.5])).toBe(1);
  });

  it('refuses another number of inputs', () => {
    expect(() => perceptron([1, 1], 0)([1])).toThrow(/got 1 inputs, expected 2/);
  });
});

/** One row (x1, x2, 1) per input, its sign turned where the output is to be 0. */
function signedRows(outputs: string): number[][] {
  return INPUTS.map(([x1, x2], i) => [x1, x2, 1].map((value) => (outputs[i] === '1' ? value : -value)));
}

describe('a single perceptron', () => {
  it('makes 14 of the 16 functions of two inputs: all but XOR and its complement', () => {
    const found = new Set<string>();
    const grid = Array.from({ length: 17 }, (_, i) => (i - 8) / 4);
    for (const w1 of grid) {
      for (const w2 of grid) {
        for (const b of grid) {
          const p = perceptron([w1, w2], b);
          found.add(table((x1, x2) => p([x1, x2])));
        }
      }
    }
    const all = Array.from({ length: 16 }, (_, i) => i.toString(2).padStart(4, '0'));
    expect(all.filter((outputs) => !found.has(outputs))).toEqual(['0110', '1001']);
  });

  it('cannot make XOR with any weights: the four inequalities add up to 0 > 0', () => {
    // With r_i the signed row of input i, the perceptron (w1, w2, b) makes the function only if r_i·(w1, w2, b) > 0
    // for its 1s and ≥ 0 for its 0s. If the r_i add up to nothing, so do the left sides, for any w1, w2 and b.
    for (const outputs of ['0110', '1001']) {
      const sum = signedRows(outputs).reduce((a, row) => a.map((value, k) => value + row[k]!));
      expect(sum.map(Math.abs)).toEqual([0, 0, 0]);
    }
    // The argument is not one that would rule out the others: theirs don't cancel for any weighting by 0 to 3
    // that has a 1 in it.
    const weightings = Array.from({ length: 4 ** 4 }, (_, i) => [0, 1, 2, 3].map((k) => (i >> (2 * k)) & 3));
    for (const outputs of ['0001', '1110', '0111']) {
      const rows = signedRows(outputs);
      const ruledOut = weightings
        .filter((weights) => weights.some((weight, i) => weight > 0 && outputs[i] === '1'))
        .some((weights) =>
          [0, 1, 2].every((k) => rows.reduce((sum, row, i) => sum + weights[i]! * row[k]!, 0) === 0),
        );
      expect(ruledOut).toBe(false);
    }
  });

  it('does not make XOR for random weights', () => {
    // Integers, so that the sums are exact and rounding can't make what the inequalities forbid.
    const integer = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
    fc.assert(
      fc.property(integer, integer, integer, (w1, w2, b) => {
        const p = perceptron([w1, w2], b);
        expect(table((x1, x2) => p([x1, x2]))).not.toBe('0110');
      }),
      { numRuns: 1000 },
    );
  });
});
