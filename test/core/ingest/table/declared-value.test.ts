/** Categories, classes and missing values that JSON says as numbers and truths. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DeclaredValue,
  markOf,
  nameOf,
  saidBy,
  ValueDictionary,
} from '../../../../core/ingest/table/declared-value.ts';
import { gatherEncoding } from '../../../../core/ingest/table/encoding.ts';
import { loadTable } from '../../../../core/ingest/table/load-table.ts';
import { RowEncoder, type RowValue } from '../../../../core/ingest/table/row-encoder.ts';
import { checkTableSchema, type TableSchema } from '../../../../core/ingest/table/schema.ts';
import { bytesOf } from '../chunking.ts';

const DECIMALS = ['.', ','] as const;
type Decimal = (typeof DECIMALS)[number];

const said = (text: string, decimal: Decimal = '.') => {
  const bytes = bytesOf(`7${text}8`);
  return saidBy(bytes, 1, bytes.length - 1, markOf(decimal));
};

describe('a number', () => {
  it('is said by its name, with either decimal', () => {
    const numbers = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(numbers, fc.constantFrom(...DECIMALS), (value, decimal) => {
        // A file's -0 is 0.
        expect(said(nameOf(value, decimal), decimal)).toBe(value + 0);
      }),
    );
  });

  it.each<[number, string]>([
    [1.0, '1'],
    [1e3, '1000'],
    [-0, '0'],
    [0.5, '0.5'],
    [1e21, '1e+21'],
  ])('%d has the name %s', (value, name) => {
    expect(nameOf(value)).toBe(name);
  });
});

it.each<[string, unknown]>([
  ['true', true],
  ['False', false],
  ['TRUE', true],
  ['yes', undefined],
  ['true ', undefined],
  ['', undefined],
  ['1.50', 1.5],
  [' +2 ', 2],
])('%j says %j', (text, value) => {
  expect(said(text)).toBe(value);
});

/** Ways to write a whole number or one with a decimal. */
const WAYS: ((value: number) => string)[] = [
  (value) => String(value),
  (value) => value.toFixed(3),
  (value) => value.toExponential(),
  (value) => ` ${value} `,
  (value) => (value < 0 ? `-0${-value}` : `+0${value}`),
];
const quarters = fc.integer({ min: -4000, max: 4000 }).map((value) => value / 4);

it('each way to write a number finds its place among labels, and other texts find none', () => {
  const labels = fc.uniqueArray(quarters, { minLength: 2, maxLength: 9 });
  fc.assert(
    fc.property(labels, quarters, fc.constantFrom(...WAYS), (numbers, other, write) => {
      const all: DeclaredValue[] = [true, 'north', ...numbers, false];
      const dictionary = new ValueDictionary(all);
      const find = (text: string) => dictionary.find(bytesOf(text));
      expect(numbers.map((value) => find(write(value)))).toEqual(numbers.map((_, index) => index + 2));
      expect(find(write(other))).toBe(numbers.includes(other) ? numbers.indexOf(other) + 2 : -1);
      expect(['True', 'FALSE', 'north', 'North', '', 'truth'].map(find)).toEqual([
        0,
        all.length - 1,
        1,
        -1,
        -1,
        -1,
      ]);
    }),
  );
});

const schemaWith = (
  zones: readonly DeclaredValue[],
  sold: readonly DeclaredValue[],
  decimal: Decimal,
): TableSchema => ({
  ...(decimal === ',' ? { delimiter: ';', decimal } : {}),
  columns: [
    { name: 'area', type: 'numeric' },
    { name: 'zone', type: 'categorical', categories: zones, others: 'error' },
    { name: 'sold', type: 'categorical' },
  ],
  label: { column: 'sold', classes: sold },
  missing: [-999],
  maxBadRows: 1000,
});

describe('a table whose categories and classes are declared as numbers and truths', () => {
  const row = fc.record({
    area: fc.integer({ min: 1, max: 99 }),
    zone: fc.constantFrom(1, 2.5, 30, 4),
    sold: fc.boolean(),
    write: fc.constantFrom(...WAYS),
    isMissing: fc.boolean(),
  });

  it('is the one that texts declare of a file with those texts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 30 }),
        fc.constantFrom(...DECIMALS),
        async (drawn, decimal) => {
          const one = { area: 7, zone: 1, sold: true, write: WAYS[1]!, isMissing: false };
          const rows = [...drawn, one];
          const mark = (text: string) => (decimal === ',' ? text.replace('.', ',') : text);
          const line = (cells: string[]) => `${cells.map(mark).join(decimal === ',' ? ';' : ',')}\n`;
          const sold = (truth: boolean, index: number) =>
            index % 2 === 0 ? String(truth) : String(truth).toUpperCase();
          const written = rows.map(({ area, zone, sold: truth, write, isMissing }, index) =>
            line([isMissing ? write(-999) : String(area), write(zone), sold(truth, index)]),
          );
          const plain = rows.map(({ area, zone, sold: truth, isMissing }) =>
            line([isMissing ? '-999' : String(area), String(zone), String(truth)]),
          );
          // 4 is no category: its rows are bad.
          const byValue = await loadTable(
            schemaWith([30, 1, 2.5], [true, false], decimal),
            bytesOf(written.join('')),
          );
          const byText = await loadTable(
            { ...schemaWith(['30', '1', mark('2.5')], ['true', 'false'], decimal), missing: ['-999'] },
            bytesOf(plain.join('')),
          );
          const { schema: _, ...encoding } = byText.encoding;
          expect(byValue.encoding).toMatchObject(encoding);
          expect(byValue.data).toEqual(byText.data);
          expect(byValue.badRows).toBe(byText.badRows);
          const inputsOf = (values: Record<string, RowValue>) => {
            const input = new Float32Array(byValue.encoding.inputs);
            new RowEncoder(byValue.encoding).encodeValues(values, input);
            return input;
          };
          for (const { area, zone, write } of rows.filter(({ zone }) => zone !== 4)) {
            expect(inputsOf({ area, zone })).toEqual(inputsOf({ area, zone: mark(write(zone)) }));
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

it.each<[Partial<TableSchema>, RegExp]>([
  [{ label: { column: 'sold', classes: [1, '1'] } }, /^label\.classes: got "1" twice/],
  [{ label: { column: 'sold', classes: [0, -0] } }, /^label\.classes: got "0" twice/],
  [
    { label: { column: 'sold', classes: [1, '1.0'] } },
    /^label\.classes: got "1\.0" beside 1, which is every text that says it, expected one of the two/,
  ],
  [{ label: { column: 'sold', classes: ['True', true] } }, /"True" beside true/],
  [
    { label: { column: 'sold', classes: [2 ** 53, 1] } },
    /^label\.classes: got 9007199254740992, expected a text/,
  ],
  [{ missing: [Number.NaN] }, /^missing: got NaN, expected a text/],
  [
    { label: { column: 'sold', classes: [0, 1], classOf: { a: 0, b: 2 } } },
    /^label\.classOf\["b"\]: got 2, expected one of 0, 1/,
  ],
])('%j is refused', (given, message) => {
  expect(() => checkTableSchema({ ...schemaWith([1], [true, false], '.'), ...given })).toThrow(message);
});

it('a row that is to be predicted says a large number as text', async () => {
  const text = '1,9007199254740993,a\n2,5,b\n3,9007199254740992,b\n';
  const schema: TableSchema = {
    columns: [
      { name: 'size', type: 'numeric' },
      { name: 'account', type: 'categorical' },
      { name: 'kind', type: 'categorical' },
    ],
    label: { column: 'kind' },
  };
  const { encoding } = await gatherEncoding(schema, [{ name: 'a.csv', chunks: [bytesOf(text)] }]);
  const encode = (account: RowValue) => {
    const input = new Float32Array(encoding.inputs);
    new RowEncoder(encoding).encodeValues({ size: 2, account }, input);
    return [...input];
  };
  expect(encode('9007199254740993')).toEqual([0, 0, 0, 1]);
  expect(encode(5)).toEqual([0, 1, 0, 0]);
  expect(() => encode(Number('9007199254740993'))).toThrow(
    'column "account": got 9007199254740992, expected a text: JSON does not keep all digits',
  );
});
