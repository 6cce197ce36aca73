import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { DatasetError } from '../../../../core/errors.ts';
import { CsvReader } from '../../../../core/ingest/table/csv.ts';
import { bytesOf, cut, cuts } from '../chunking.ts';

interface Read {
  line: number;
  fields: string[];
  problem?: string;
}

function read(
  bytes: Uint8Array,
  {
    sizes = [],
    delimiter = ',',
    maxRecordBytes = 1000,
  }: { sizes?: number[]; delimiter?: string; maxRecordBytes?: number } = {},
): Read[] {
  const records: Read[] = [];
  const reader = new CsvReader({ delimiter, maxFields: 5, maxRecordBytes, what: 'a.csv' });
  const visit = () => {
    const { line, count, problem } = reader;
    if (problem !== undefined) records.push({ line, fields: [], problem });
    else records.push({ line, fields: Array.from({ length: Math.min(5, count) }, (_, f) => reader.text(f)) });
  };
  for (const piece of cut(bytes, sizes)) reader.push(piece, visit);
  reader.end(visit);
  return records;
}

const fieldsOf = (text: string, delimiter?: string) =>
  read(bytesOf(text), { delimiter }).map(({ fields, problem }) => problem ?? fields);

const TWO_ROWS = [
  ['a', 'b'],
  ['c', 'd'],
];

it.each<[string, string, unknown[]]>([
  ['fields and lines', 'a,b\nc,d\n', TWO_ROWS],
  ['no line break at the end', 'a,b\nc,d', TWO_ROWS],
  ['CRLF, also behind quotes', 'a,b\r\n"c","d"\r\n', TWO_ROWS],
  [
    'empty fields',
    ',\na,\n,b\n',
    [
      ['', ''],
      ['a', ''],
      ['', 'b'],
    ],
  ],
  ['an empty field before CRLF', 'a,\r\n', [['a', '']]],
  ['quotes around delimiters and line breaks', '"a,b","c\nd\r\ne"\n', [['a,b', 'c\nd\r\ne']]],
  ['doubled quotes', '"a""b","""",""\n', [['a"b', '"', '']]],
  ['a byte order mark', '\ufeffa,b\n', [['a', 'b']]],
  ['a file of a mark alone', '\ufeff', []],
  ['empty lines', '\n\r\na\n\n""\n', [['a'], ['']]],
  ['letters beyond ASCII', 'ä,"漢",🙂\n', [['ä', '漢', '🙂']]],
  ['nothing', '', []],
  ['more fields than are kept', 'a,b,c,d,e,f\n', [['a', 'b', 'c', 'd', 'e']]],
  ['a carriage return that breaks no line', 'a\rb\n', [['a\rb']]],
])('has %s', (_, text, records) => {
  expect(fieldsOf(text)).toEqual(records);
});

it.each([';', '\t', ' ', '|'])('has other delimiters: %j', (delimiter) => {
  expect(fieldsOf(`a${delimiter}"b${delimiter}c"\n`, delimiter)).toEqual([['a', `b${delimiter}c`]]);
});

it.each([
  ['a,b"c\nd,e\n', 'column 2: a quote inside a field that does not begin with one'],
  ['"a"b,c\nd,e\n', 'column 1: something follows the closing quote'],
  ['"a"\r,c\nd,e\n', 'column 1: something follows the closing quote'],
])('goes on in the next line after %j', (text, problem) => {
  expect(fieldsOf(text)).toEqual([problem, ['d', 'e']]);
});

it('counts the lines inside quotes', () => {
  expect(read(bytesOf('a\n"b\n\nc"\nd\n')).map(({ line }) => line)).toEqual([1, 2, 5]);
});

it('says in which line and column bytes are no UTF-8', () => {
  const bytes = Uint8Array.from([...bytesOf('a,b\nc,'), 0xff, ...bytesOf('\nd,e\n')]);
  expect(read(bytes)).toEqual([
    { line: 1, fields: ['a', 'b'] },
    { line: 2, fields: [], problem: 'column 2: not UTF-8' },
    { line: 3, fields: ['d', 'e'] },
  ]);
});

it('refuses a quote that is never closed, where it was opened', () => {
  expect(() => read(bytesOf('a\nb,"c\nd\n'))).toThrow(
    new DatasetError("a.csv line 2, column 2: the quote is not closed before the file's end"),
  );
});

it('refuses a record too long, quoted or not, without holding it', () => {
  const reader = new CsvReader({ delimiter: ',', maxFields: 2, maxRecordBytes: 100_000, what: 'a.csv' });
  const piece = new Uint8Array(10_000).fill(0x61);
  const pushTenMegabytes = () => {
    for (let n = 0; n < 1000; n++) reader.push(piece, () => {});
  };
  expect(pushTenMegabytes).toThrow(/a.csv line 1: a record longer than 100000 bytes/);
  expect(reader.bytes.length).toBeLessThan(500_000);
  expect(() => read(bytesOf(`a\n"${'b'.repeat(2000)}"\n`))).toThrow(/line 2: a record longer/);
  expect(read(bytesOf(`${'b'.repeat(1000)}\n`))).toHaveLength(1);
});

it('reads the same whatever pieces it comes in', () => {
  const alphabet = fc.constantFrom('a', 'ä', '漢', ',', '"', '\n', '\r', '\r\n', '""', ' ', '\ufeff');
  const outcome = (bytes: Uint8Array, sizes: number[]) => {
    try {
      return read(bytes, { sizes, maxRecordBytes: 12 });
    } catch (error) {
      return String(error);
    }
  };
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 40 }), cuts, (letters, sizes) => {
      const bytes = bytesOf(letters.join(''));
      expect(outcome(bytes, sizes)).toEqual(outcome(bytes, []));
    }),
    { numRuns: 500 },
  );
});

it('reads what was written by the rules', () => {
  const field = fc.string({ unit: 'grapheme', maxLength: 6 });
  const quote = (text: string) =>
    /[",\r\n]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text;
  const table = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { maxLength: 6 });
  fc.assert(
    fc.property(table, fc.constantFrom('\n', '\r\n'), cuts, (rows, lineBreak, sizes) => {
      const text = rows.map((fields) => fields.map(quote).join(',') + lineBreak).join('');
      // A mark at the very beginning is not the first field's.
      fc.pre(!text.startsWith('\ufeff'));
      expect(read(bytesOf(text), { sizes }).map(({ fields }) => fields)).toEqual(rows);
    }),
    { numRuns: 300 },
  );
});
