import { expect, it } from 'vitest';
import { AND, NAND, OR, perceptron, XOR } from '../../../core/textbook/perceptron.ts';

const INPUTS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const;
const table = (gate: (x1: number, x2: number) => number) => INPUTS.map(([x1, x2]) => gate(x1, x2)).join('');

it.each([
  ['AND', AND, '0001'],
  ['NAND', NAND, '1110'],
  ['OR', OR, '0111'],
  ['XOR, of two layers', XOR, '0110'],
])('%s', (_, gate, expected) => {
  expect(table(gate)).toBe(expected);
});

it('perceptron fires above the threshold, not at it', () => {
  const p = perceptron([2, -1], -1);
  expect(p([1, 1])).toBe(0);
  expect(p([1, 0.5])).toBe(1);
});

it('perceptron refuses another number of inputs', () => {
  expect(() => perceptron([1, 1], 0)([1])).toThrow(/got 1 inputs, expected 2/);
});

it('a single perceptron makes 14 of the 16 functions of two inputs: all but XOR and its complement', () => {
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
