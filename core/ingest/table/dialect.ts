/** How a table is written, by its beginning: what stands between fields and before decimals, and whether a header is there. */
import { kindOf } from '../../bytes/kind.ts';
import { decodeUtf8 } from '../../bytes/text.ts';
import { DatasetError } from '../../errors.ts';
import { CsvReader, MAX_RECORD_BYTES } from './csv.ts';
import { COMMA, POINT, parseDecimal } from './number.ts';

export interface Dialect {
  delimiter: string;
  decimal: '.' | ',';
  header: boolean;
  /** Of the columns: the header's, or made ones. */
  names: string[];
}

export const DELIMITERS = [',', ';', '\t', '|'] as const;
/** Of a file; more is not looked at. */
export const HEAD_BYTES = 256 * 1024;
const MOST_RECORDS = 500;
const MAX_FIELDS = 10_000;
const WITH_COMMA = /^\s*[+-]?\d+,\d+\s*$/;
const WITH_POINT = /^\s*[+-]?\d+\.\d+\s*$/;

/**
 * @param head the file's first bytes, cut anywhere
 * @param isWhole whether they are all of it
 * @param given what somebody said of it, which is taken as it is
 * @throws DatasetError for a file that is no table
 */
export function guessDialect(
  head: Uint8Array,
  isWhole: boolean,
  what: string,
  given: { delimiter?: string; decimal?: '.' | ','; header?: boolean } = {},
): Dialect {
  const kind = kindOf(head);
  if (kind !== undefined) throw new DatasetError(`${what} is ${kind}, expected a table: ${adviceFor(kind)}`);
  const candidates = given.delimiter === undefined ? DELIMITERS : [given.delimiter];
  const [best] = candidates
    .map((delimiter) => ({ delimiter, ...regularity(recordsOf(head, isWhole, delimiter, what)) }))
    .sort((a, b) => b.share - a.share || b.fields - a.fields);
  const { delimiter, records } = best!;
  if (records.length === 0) throw new DatasetError(`${what}: got no rows, expected a table`);
  const [first, ...rows] = records as [string[], ...string[][]];
  const decimal =
    given.decimal ?? (delimiter !== ',' && some(rows, WITH_COMMA) && !some(rows, WITH_POINT) ? ',' : '.');
  const header = given.header ?? isHeader(first, decimal);
  if (header && rows.length === 0) {
    throw new DatasetError(`${what}: got a header (${first.join(', ')}) and no rows below it`);
  }
  const names = header ? first.map((name) => name.trim()) : first.map((_, index) => `column${index + 1}`);
  const twice = names.findIndex((name, index) => name === '' || names.indexOf(name) !== index);
  if (twice >= 0) {
    const name = JSON.stringify(names[twice]);
    throw new DatasetError(
      `${what} line 1, header: column ${twice + 1} is ${name}, twice or empty, expected names that differ`,
    );
  }
  return { delimiter, decimal, header, names };
}

function adviceFor(kind: string): string {
  if (kind === 'a ZIP archive') return 'an Excel workbook is one, and can be saved as CSV';
  if (kind === 'Parquet')
    return 'npm run train -- --table FILE reads it, and so does pandas: pd.read_parquet("a.parquet").to_csv("a.csv", index=False)';
  if (kind === 'UTF-16 text') return 'save it as UTF-8';
  return 'CSV, with a line for each row';
}

/** Records of the head; the last line is left out where it may be cut. */
function recordsOf(head: Uint8Array, isWhole: boolean, delimiter: string, what: string): string[][] {
  const reader = new CsvReader({ delimiter, maxFields: MAX_FIELDS, maxRecordBytes: MAX_RECORD_BYTES, what });
  const records: string[][] = [];
  const take = () => {
    if (records.length === MOST_RECORDS || reader.problem !== undefined) return;
    const count = Math.min(reader.count, MAX_FIELDS);
    records.push(
      Array.from({ length: count }, (_, field) =>
        decodeUtf8(reader.bytes.subarray(reader.starts[field], reader.ends[field])),
      ),
    );
  };
  reader.push(head, take);
  // With another delimiter than the file's a quote may seem to be open.
  if (isWhole) {
    try {
      reader.end(take);
    } catch (error) {
      if (!(error instanceof DatasetError)) throw error;
    }
  }
  return records;
}

/** How many of the records have as many fields as most of them, if these are several. */
function regularity(records: string[][]): { share: number; fields: number; records: string[][] } {
  const counts = new Map<number, number>();
  for (const { length } of records) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [fields, most] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [0, 0];
  return { share: fields > 1 ? most / records.length : 0, fields, records };
}

const some = (rows: readonly string[][], pattern: RegExp): boolean =>
  rows.some((row) => row.some((field) => pattern.test(field)));

/** A header names every column by a text, no two alike. */
function isHeader(first: readonly string[], decimal: '.' | ','): boolean {
  const isName = (field: string) => field.trim() !== '' && !isNumber(field, decimal);
  return first.every(isName) && new Set(first).size === first.length;
}

function isNumber(text: string, decimal: '.' | ','): boolean {
  const bytes = new TextEncoder().encode(text);
  return Number.isFinite(parseDecimal(bytes, 0, bytes.length, decimal === ',' ? COMMA : POINT));
}
