import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDecimal } from '../../../../core/ingest/table/number.ts';
import { bytesOf } from '../chunking.ts';

const parse = (text: string) => {
  const bytes = bytesOf(`x${text}9`);
  return parseDecimal(bytes, 1, bytes.length - 1);
};

it.each([
  ['0', 0],
  ['-0', -0],
  ['17', 17],
  ['-3.25', -3.25],
  ['.5', 0.5],
  ['5.', 5],
  ['+7', 7],
  [' 8\t', 8],
  ['1e3', 1000],
  ['2.5E-3', 0.0025],
  ['0.1', 0.1],
  ['123456789012345678', 123456789012345680],
  ['0.000000000000000000001', 1e-21],
  ['1e999', Number.POSITIVE_INFINITY],
])('parseDecimal reads %j', (text, value) => {
  expect(parse(text)).toBe(value);
});

it.each([
  '',
  '-',
  '.',
  ' ',
  'NaN',
  'Infinity',
  '-inf',
  '0x10',
  '1,5',
  '1 2',
  '1_000',
  '1e',
  '--1',
  '1.2.3',
  'abc',
  '１',
])('parseDecimal reads no number in %j', (text) => {
  expect(parse(text)).toBeNaN();
});

it('parseDecimal is what Number makes of it, bit for bit', () => {
  const decimals = fc
    .tuple(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), fc.integer({ min: 0, max: 17 }))
    .map(([digits, point]) => {
      const text = String(digits)
        .replace('-', '')
        .padStart(point + 1, '0');
      return `${digits < 0n ? '-' : ''}${text.slice(0, text.length - point)}.${text.slice(text.length - point)}`;
    });
  fc.assert(
    fc.property(
      fc.oneof(decimals, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)),
      (text) => {
        expect(parse(text)).toBe(Number(text));
      },
    ),
    { numRuns: 2000 },
  );
});
