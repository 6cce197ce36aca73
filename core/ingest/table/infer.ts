/** A declaration for a table that nobody has declared: what each column is, from one pass over the file. */
import type { ByteChunks } from '../../bytes/byte-stream.ts';
import { DatasetError } from '../../errors.ts';
import { CsvReader, MAX_RECORD_BYTES } from './csv.ts';
import type { Dialect } from './dialect.ts';
import { COMMA, POINT } from './number.ts';
import { ColumnProfile } from './profile.ts';
import { type ColumnSchema, MAX_CATEGORIES, someNames, type TableSchema } from './schema.ts';

export type Task = 'classification' | 'regression';
export type ColumnType = ColumnSchema['type'];

/** What somebody knows better. */
export interface Corrections {
  target: string;
  task?: Task;
  types?: Readonly<Record<string, ColumnType>>;
  /** Columns of texts: what looks like numbers in them, such as 007, are texts, too. */
  texts?: readonly string[];
}

export interface InferredColumn {
  name: string;
  type: ColumnType;
  /** Why it is what it is, for people. */
  reason: string;
  examples: readonly string[];
  missing: number;
}

export interface InferredTable {
  schema: TableSchema;
  task: Task;
  rows: number;
  columns: InferredColumn[];
  /** The first row that a model can be asked about, without the target. */
  example: Record<string, string | number | null>;
}

/** Whole numbers of so many kinds at most are classes. */
export const MOST_NUMBER_CLASSES = 10;
/** Fewer rows teach nothing. */
const LEAST_ROWS = 10;
/** A text of more kinds than this, or than half of the rows, tells rows apart rather than says something of them. */
const MOST_KINDS = 1000;
/** Of the rows, those that may be bad before it is the wrong file, or read wrongly. */
const MOST_BAD = 0.1;

/** @throws DatasetError naming the file, the column and what is wrong */
export async function inferTable(
  chunks: ByteChunks,
  { delimiter, decimal, header, names }: Dialect,
  corrections: Corrections,
  what: string,
): Promise<InferredTable> {
  const columns = names.map((name) => ({ name }));
  for (const name of [corrections.target, ...Object.keys(corrections.types ?? {})]) {
    if (!names.includes(name)) {
      throw new DatasetError(
        `${what}: no column ${JSON.stringify(name)}, its columns are ${someNames(columns)}`,
      );
    }
  }
  const mark = decimal === ',' ? COMMA : POINT;
  const profiles = names.map((name) => new ColumnProfile(name, mark));
  const target = names.indexOf(corrections.target);
  const reader = new CsvReader({
    delimiter,
    maxFields: names.length,
    maxRecordBytes: MAX_RECORD_BYTES,
    what,
  });
  let rows = 0;
  let bad = 0;
  let firstBad = '';
  let isHeader = header;
  let example: string[] | undefined;
  const refuse = (problem: string) => {
    bad++;
    firstBad ||= `${what} line ${reader.line}, ${problem}`;
  };
  const take = () => {
    if (isHeader) {
      isHeader = false;
      return;
    }
    rows++;
    const { bytes, starts, ends, problem, count, line } = reader;
    if (problem !== undefined) return refuse(problem);
    if (count !== names.length) return refuse(`${count} columns, expected ${names.length}`);
    if (profiles[target]!.isMissing(bytes, starts[target]!, ends[target]!)) {
      return refuse(
        `column ${JSON.stringify(corrections.target)}: missing, which what is predicted must not be`,
      );
    }
    for (let field = 0; field < profiles.length; field++) {
      profiles[field]!.add(bytes, starts[field]!, ends[field]!, line);
    }
    example ??= names.map((_, field) => reader.text(field));
  };
  for await (const chunk of chunks) reader.push(chunk, take);
  reader.end(take);
  const good = rows - bad;
  if (bad > MOST_BAD * rows) {
    throw new DatasetError(`${bad} of ${rows} rows can't be read, the first: ${firstBad}`);
  }
  if (good < LEAST_ROWS) throw new DatasetError(`${what}: got ${good} rows, expected ${LEAST_ROWS} at least`);
  const { texts = [] } = corrections;
  const task = taskOf(profiles[target]!, corrections.task, texts.includes(corrections.target), what);
  const found = profiles.map((profile, index) =>
    index === target
      ? asTarget(profile, task)
      : asInput(profile, corrections.types?.[profile.name], texts.includes(profile.name), good, what),
  );
  if (!found.some(({ type }, index) => index !== target && type !== 'ignore')) {
    throw new DatasetError(
      `${what}: no column is left to predict ${JSON.stringify(corrections.target)} from: ${found.map(({ name, reason }) => `${name} (${reason})`).join(', ')}; --type NAME=numeric or NAME=categorical takes one all the same`,
    );
  }
  const missing = missingOf(profiles, found, target);
  const { target: name } = corrections;
  const schema: TableSchema = {
    header,
    ...(delimiter === ',' ? {} : { delimiter }),
    ...(decimal === '.' ? {} : { decimal }),
    columns: found.map(({ name, type }) => ({ name, type })),
    ...(task === 'regression'
      ? { target: { columns: [name], scaling: 'standard' } }
      : { label: { column: name } }),
    ...(missing.length === 0 ? {} : { missing }),
    ...(bad === 0 ? {} : { maxBadRows: bad }),
    scaling: 'standard',
  };
  return {
    schema,
    task,
    rows: good,
    columns: found,
    example: exampleOf(example!, found, target, { decimal, missing }),
  };
}

function taskOf(profile: ColumnProfile, given: Task | undefined, isText: boolean, what: string): Task {
  const { name, values, numbers, integers, distinct, isOverfull, firstText } = profile;
  const isNumeric = numbers === values;
  const column = `${what}, column ${JSON.stringify(name)}`;
  if (given === 'regression' && !isNumeric) {
    throw new DatasetError(
      `${column} line ${firstText!.line}: got ${JSON.stringify(firstText!.text)}, expected numbers for a regression; --task classification predicts classes`,
    );
  }
  const isClasses =
    isText || !isNumeric || (integers === values && !isOverfull && distinct <= MOST_NUMBER_CLASSES);
  const task = given ?? (isClasses ? 'classification' : 'regression');
  if (distinct < 2) {
    throw new DatasetError(
      `${column}: got ${JSON.stringify(profile.examples[0])} in all rows, expected two values at least`,
    );
  }
  if (task === 'classification' && isOverfull) {
    const more = isNumeric
      ? '; --task regression predicts numbers'
      : '; is it another column that you want to predict?';
    throw new DatasetError(`${column}: got more than ${MAX_CATEGORIES} classes${more}`);
  }
  return task;
}

const missingIn = ({ missing }: ColumnProfile): number =>
  [...missing.values()].reduce((sum, count) => sum + count, 0);

function asTarget(profile: ColumnProfile, task: Task): InferredColumn {
  const { name, examples, distinct } = profile;
  return task === 'regression'
    ? { name, type: 'numeric', reason: 'predicted, as a number', examples, missing: 0 }
    : { name, type: 'categorical', reason: `predicted, ${distinct} classes`, examples, missing: 0 };
}

function asInput(
  profile: ColumnProfile,
  given: ColumnType | undefined,
  isText: boolean,
  rows: number,
  what: string,
): InferredColumn {
  const { name, examples, numbers, values, firstText } = profile;
  const missing = missingIn(profile);
  if (given === 'numeric' && numbers < values) {
    throw new DatasetError(
      `${what} line ${firstText!.line}, column ${JSON.stringify(name)}: got ${JSON.stringify(firstText!.text)}, expected numbers`,
    );
  }
  const [type, reason] =
    given === undefined ? typeOf(profile, isText, rows) : ([given, 'as you say'] as const);
  return { name, type, reason, examples, missing };
}

function typeOf(profile: ColumnProfile, isText: boolean, rows: number): readonly [ColumnType, string] {
  const { name, values, numbers, integers, dates, distinct, isOverfull, isCounting } = profile;
  const isDistinct = isOverfull || distinct === values;
  if (values === 0) return ['ignore', 'empty'];
  if (distinct === 1) return ['ignore', 'the same in all rows'];
  if (numbers === values && !isText) {
    const isWhole = integers === values;
    if (isWhole && isCounting && values > LEAST_ROWS) return ['ignore', 'numbers the rows'];
    if (isWhole && isDistinct && /(^|[_\W])(id|key|index|nr|no)$|[a-z]I[dD]$/i.test(name))
      return ['ignore', 'an id'];
    return ['numeric', 'numbers'];
  }
  if (dates === values) return ['ignore', 'dates'];
  if (isDistinct && values > MOST_NUMBER_CLASSES) return ['ignore', 'another text in each row'];
  if (isOverfull || distinct > MOST_KINDS || distinct > Math.max(MOST_NUMBER_CLASSES, rows / 2)) {
    return ['ignore', `more than ${Math.min(distinct, MAX_CATEGORIES) - 1} different texts`];
  }
  return ['categorical', `${distinct} categories`];
}

/** Texts that stand for none: all of those in columns of numbers, and the empty one. */
function missingOf(
  profiles: readonly ColumnProfile[],
  found: readonly InferredColumn[],
  target: number,
): string[] {
  const texts = profiles.flatMap(({ missing }, index) => {
    if (index === target || found[index]!.type === 'ignore') return [];
    return [...missing.keys()].filter((text) => text === '' || found[index]!.type === 'numeric');
  });
  return [...new Set(texts)].sort();
}

function exampleOf(
  fields: readonly string[],
  columns: readonly InferredColumn[],
  target: number,
  { decimal, missing }: { decimal: '.' | ','; missing: readonly string[] },
): InferredTable['example'] {
  const values = columns.flatMap(({ name, type }, index): [string, string | number | null][] => {
    if (index === target || type === 'ignore') return [];
    const text = fields[index]!;
    if (missing.includes(text)) return [[name, null]];
    return [[name, type === 'numeric' ? Number(decimal === ',' ? text.replace(',', '.') : text) : text]];
  });
  return Object.fromEntries(values);
}
