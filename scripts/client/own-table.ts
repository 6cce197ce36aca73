/** A table on this machine as a dataset's declaration, with what people may correct. */
import { DELIMITERS, type Dialect, guessDialect, HEAD_BYTES } from '../../core/ingest/table/dialect.ts';
import {
  type ColumnType,
  type Corrections,
  type InferredTable,
  inferTable,
} from '../../core/ingest/table/infer.ts';
import { nearMiss } from '../../functions/schemas/near-miss.ts';
import { orUsageError, texts, UsageError } from '../cli/arguments.ts';
import { colourTable } from '../support/colour.ts';
import { alignColumns } from '../support/columns.ts';
import { contentOf, hashed, headOf, type OwnFile } from './own-file.ts';

export const TABLE_OPTIONS = {
  ...texts('target', 'test', 'test-share', 'split-seed', 'ignore', 'delimiter', 'decimal', 'header', 'task'),
  type: { type: 'string', multiple: true },
} as const;

export type TableOptions = Partial<
  Record<'target' | 'ignore' | 'delimiter' | 'decimal' | 'header' | 'task', string>
> & { type?: string[] };

export interface ReadTable extends InferredTable {
  dialect: Dialect;
  /** Of the file's content. */
  sha256: string;
}

const TYPES: readonly string[] = ['numeric', 'categorical', 'ignore'];
const DELIMITER_NAMES: Readonly<Record<string, string>> = {
  tab: '\t',
  '\\t': '\t',
  comma: ',',
  semicolon: ';',
};

/** @throws UsageError naming the option, its value and what is allowed; DatasetError for what is wrong with the file */
export async function readOwnTable(
  file: OwnFile,
  options: TableOptions,
  onBytes?: (bytes: number) => void,
  /** What people know the file by, and columns that it says are of texts. */
  { what = file.path, texts }: { what?: string; texts?: readonly string[] } = {},
): Promise<ReadTable> {
  const { head, isWhole } = await headOf(file, HEAD_BYTES);
  const dialect = guessDialect(head, isWhole, what, {
    ...(options.delimiter === undefined ? {} : { delimiter: readDelimiter(options.delimiter) }),
    ...(options.decimal === undefined
      ? {}
      : { decimal: oneOf('--decimal', options.decimal, ['.', ',']) as '.' | ',' }),
    ...(options.header === undefined
      ? {}
      : { header: oneOf('--header', options.header, ['yes', 'no']) === 'yes' }),
  });
  const corrections = {
    ...readCorrections(dialect.names, options),
    ...(texts === undefined ? {} : { texts }),
  };
  let sha256 = '';
  const content = hashed(contentOf(file, onBytes), (digest) => {
    sha256 = digest;
  });
  const table = await inferTable(content, dialect, corrections, what);
  return { ...table, dialect, sha256 };
}

function readCorrections(names: readonly string[], options: TableOptions): Corrections {
  if (options.target === undefined) {
    throw new UsageError(`--target COLUMN: which column is to be predicted, one of ${listed(names)}`);
  }
  const types: Record<string, ColumnType> = {};
  for (const name of (options.ignore ?? '').split(',').filter(Boolean))
    types[known('--ignore', name, names)] = 'ignore';
  for (const text of options.type ?? []) {
    const at = text.lastIndexOf('=');
    if (at < 0) throw new UsageError(`--type ${text}: expected COLUMN=${TYPES.join('|')}`);
    const type = oneOf(`--type ${text}`, text.slice(at + 1), TYPES);
    types[known('--type', text.slice(0, at), names)] = type as ColumnType;
  }
  const task = options.task && oneOf('--task', options.task, ['classification', 'regression']);
  return {
    target: known('--target', options.target, names),
    types,
    ...(task === undefined ? {} : { task: task as NonNullable<Corrections['task']> }),
  };
}

function known(option: string, name: string, names: readonly string[]): string {
  if (names.includes(name)) return name;
  const near = nearMiss(name, names);
  const hint = near === undefined ? '' : ` did you mean ${JSON.stringify(near)}?`;
  throw new UsageError(`${option}: no column ${JSON.stringify(name)},${hint} the file has ${listed(names)}`);
}

const MOST_LISTED = 40;
const listed = (names: readonly string[]): string =>
  names.slice(0, MOST_LISTED).join(', ') +
  (names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '');

function oneOf(option: string, text: string, allowed: readonly string[]): string {
  if (allowed.includes(text)) return text;
  throw new UsageError(`${option}: got ${text}, expected ${allowed.join(' or ')}`);
}

function readDelimiter(text: string): string {
  const delimiter = DELIMITER_NAMES[text] ?? text;
  return oneOf('--delimiter', delimiter, DELIMITERS);
}

/** A share of the rows for the test. @throws UsageError for one that is none */
export function readSplit(share = '0.2', seed = '0'): { testShare: number; seed: number } {
  const testShare = Number(share);
  if (!(testShare > 0 && testShare < 1)) {
    throw new UsageError(`--test-share: got ${share}, expected a number between 0 and 1`);
  }
  return orUsageError(() => ({ testShare, seed: wholeSeed(seed) }));
}

function wholeSeed(text: string): number {
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed <= 0xffff_ffff) return seed;
  throw new Error(`--split-seed: got ${text}, expected a whole number from 0 to 4294967295`);
}

const MAX_EXAMPLE = 20;
const short = (text: string): string => (text.length > MAX_EXAMPLE ? `${text.slice(0, MAX_EXAMPLE)}…` : text);

/** What was found of each column, for people. */
export function describeTable({ columns, rows, dialect }: ReadTable): string {
  const cells = columns.map(({ name, type, reason, examples, missing }) => [
    name,
    type,
    reason,
    missing === 0 ? '' : String(missing),
    examples.map(short).join(', '),
  ]);
  const { delimiter, decimal, header } = dialect;
  const mark = delimiter === '\t' ? 'tab' : `"${delimiter}"`;
  const written = `${rows} rows, delimiter ${mark}, decimals behind "${decimal}", ${header ? 'a header' : 'no header'}`;
  const lines = alignColumns(
    [['column', 'type', 'why', 'missing', 'examples'], ...cells],
    (column) => column !== 3,
  );
  const styleOf = (row: number) =>
    columns[row]!.type === 'ignore'
      ? 'dim'
      : columns[row]!.reason.startsWith('predicted')
        ? 'green'
        : undefined;
  return `${written}\n${colourTable(lines, styleOf).join('\n')}`;
}
