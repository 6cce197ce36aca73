import { expect, it } from 'vitest';
import { fitColumns } from '../../../scripts/support/columns.ts';

it('a line goes on below where the terminal is too narrow, a word that is too long as well', () => {
  const text = '  1  0.9  run-0  layers [784,10]  failed: why\nshort';
  expect(fitColumns(text, 24)).toBe('  1  0.9  run-0  layers\n      [784,10]  failed:\n      why\nshort');
  const lines = fitColumns('x'.repeat(50), 20).split('\n');
  expect(lines.map(({ length }) => length)).toEqual([20, 20, 20, 8]);
  expect(fitColumns(text, 100)).toBe(text);
  expect(fitColumns(text, Infinity)).toBe(text);
});
