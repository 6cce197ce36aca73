/** A table beside pictures that says what each of them is: a column of file names, and one of labels. */
import { readFileSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { decodeUtf8 } from '../../core/bytes/text.ts';
import { CsvReader, MAX_RECORD_BYTES } from '../../core/ingest/table/csv.ts';
import { guessDialect, HEAD_BYTES } from '../../core/ingest/table/dialect.ts';
import { nearMiss } from '../../functions/schemas/near-miss.ts';
import { UsageError } from '../cli/arguments.ts';

export interface PictureFile {
  path: string;
  /** Below the folder that was given, for messages. */
  name: string;
  label: string;
}

export interface LeftOut {
  name: string;
  reason: string;
  /** It was meant to be a picture. */
  isLoss?: boolean;
}

export interface LabelOptions {
  /** The column of labels. */
  target?: string;
}

/** The table's name. */
export const LABELS = 'labels.csv';
export const PICTURE_NAME = /\.(png|jpe?g)$/i;
/** What the label's column is called where it is not said. */
const LABEL_NAMES = ['label', 'labels', 'class', 'category', 'target'];
/** Tables of competitions have names without them. */
const ENDINGS = ['', '.png', '.jpg', '.jpeg', '.PNG', '.JPG', '.JPEG'];

/**
 * @param path of the table
 * @param folder that its file names are below
 * @param root that messages name files below
 * @throws UsageError for a table without such columns
 */
export function readLabels(
  path: string,
  folder: string,
  root: string,
  { target }: LabelOptions,
): { files: PictureFile[]; leftOut: LeftOut[] } {
  const what = relative(root, path);
  const bytes = readFileSync(path);
  const find = (name: string): string | undefined =>
    name === '' ? undefined : ENDINGS.map((end) => name + end).find((each) => isFile(resolve(folder, each)));
  const isWhole = bytes.length <= HEAD_BYTES;
  const { delimiter, names } = guessDialect(bytes.subarray(0, HEAD_BYTES), isWhole, what, { header: false });
  const records = recordsOf(bytes, delimiter, names.length, what);
  const first = records[0]!.fields.map((field) => field.trim());
  const isHeader = !first.some((field) => PICTURE_NAME.test(field) || find(field) !== undefined);
  const columns = isHeader ? first : names;
  const rows = isHeader ? records.slice(1) : records;
  const fileColumn = columnOfFiles(columns, rows, find, what);
  const labelColumn = columnOfLabels(columns, fileColumn, target, what);
  const labels = new Map<string, string>();
  const files: PictureFile[] = [];
  const leftOut: LeftOut[] = [];
  for (const { line, fields } of rows) {
    const given = fields[fileColumn] ?? '';
    const label = (fields[labelColumn] ?? '').trim();
    const file = find(given.trim());
    const name = relative(root, resolve(folder, file ?? given));
    const refuse = (reason: string) => leftOut.push({ name: `${what} line ${line}`, reason, isLoss: true });
    if (file === undefined) refuse(`there is no file ${JSON.stringify(given)}`);
    else if (label === '') refuse(`no ${JSON.stringify(columns[labelColumn])} of ${name}`);
    else if (labels.has(file)) {
      if (labels.get(file) !== label) refuse(`${name} is ${label} here and ${labels.get(file)} before`);
    } else {
      labels.set(file, label);
      files.push({ path: resolve(folder, file), name, label });
    }
  }
  return { files, leftOut };
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

interface LabelRow {
  line: number;
  fields: string[];
}

function recordsOf(bytes: Uint8Array, delimiter: string, maxFields: number, what: string): LabelRow[] {
  const reader = new CsvReader({ delimiter, maxFields, maxRecordBytes: MAX_RECORD_BYTES, what });
  const rows: LabelRow[] = [];
  const take = () => {
    const { line, problem, count, starts, ends } = reader;
    if (problem !== undefined) throw new UsageError(`${what} line ${line}: ${problem}`);
    const fields = Array.from({ length: Math.min(count, maxFields) }, (_, field) =>
      decodeUtf8(reader.bytes.subarray(starts[field], ends[field])),
    );
    rows.push({ line, fields });
  };
  reader.push(bytes, take);
  reader.end(take);
  return rows;
}

/** Rows that are looked at for the column of file names. */
const LOOKED_AT = 20;

function columnOfFiles(
  columns: readonly string[],
  rows: readonly LabelRow[],
  find: (name: string) => string | undefined,
  what: string,
): number {
  const head = rows.slice(0, LOOKED_AT);
  const counts = columns.map(
    (_, column) => head.filter(({ fields }) => find((fields[column] ?? '').trim()) !== undefined).length,
  );
  const most = Math.max(...counts);
  if (most > 0) return counts.indexOf(most);
  const first = (head[0]?.fields ?? []).map((field) => JSON.stringify(field)).join(', ');
  throw new UsageError(
    `${what}: no column has names of files that are beside it (its columns are ${columns.join(', ')}; its first row is ${first}), expected file names, such as cats/a.png, and a label`,
  );
}

function columnOfLabels(
  columns: readonly string[],
  fileColumn: number,
  target: string | undefined,
  what: string,
): number {
  const others = columns.filter((_, index) => index !== fileColumn);
  if (target !== undefined) {
    const at = columns.indexOf(target);
    if (at >= 0 && at !== fileColumn) return at;
    const near = nearMiss(target, others);
    const hint = near === undefined ? '' : ` did you mean ${JSON.stringify(near)}?`;
    throw new UsageError(
      `--target: no column of labels ${JSON.stringify(target)} in ${what},${hint} it has ${others.join(', ')}`,
    );
  }
  if (others.length === 1) return columns.indexOf(others[0]!);
  const named = others.find((name) => LABEL_NAMES.includes(name.toLowerCase()));
  if (named !== undefined) return columns.indexOf(named);
  throw new UsageError(
    others.length === 0
      ? `${what}: got one column, ${columns[0]}, expected file names and a label`
      : `--target COLUMN: which column of ${what} is the label, one of ${others.join(', ')}`,
  );
}
