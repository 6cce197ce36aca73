/** Mistakes in what becomes of people's tables: how they are written, what their columns are, who is tested, what is declared. */
import { type Mutation, mistake } from './mutation.ts';

const TABLES = 'test/core/ingest/table';
const DIALECT = 'core/ingest/table/dialect.ts';
const INFER = 'core/ingest/table/infer.ts';
const SPLIT = 'core/ingest/table/split.ts';
const DECLARED = 'core/ingest/table/declared-value.ts';

export const IN_TABLES: readonly Mutation[] = [
  mistake(
    'the delimiter is the one that makes most columns',
    DIALECT,
    'b.share - a.share || b.fields - a.fields',
    'b.fields - a.fields',
    TABLES,
  ),
  mistake(
    'decimals stand behind a comma though others stand behind a point',
    DIALECT,
    '!some(rows, WITH_POINT)',
    'true',
    TABLES,
  ),
  mistake(
    'decimals stand behind the comma that stands between fields',
    DIALECT,
    "delimiter !== ','",
    'true',
    TABLES,
    'guessDialect',
  ),
  mistake(
    'one text in the first line makes a header',
    DIALECT,
    'first.every(isName)',
    'first.some(isName)',
    TABLES,
  ),
  mistake(
    'rows without a target are trained on',
    INFER,
    'profiles[target]!.isMissing(bytes, starts[target]!, ends[target]!)',
    'false',
    TABLES,
  ),
  mistake('a table may be bad throughout', INFER, 'bad > MOST_BAD * rows', 'bad > rows', TABLES),
  mistake(
    'whole numbers of few kinds are classes though some have decimals',
    INFER,
    'integers === values && !isOverfull && distinct <= MOST_NUMBER_CLASSES',
    '!isOverfull && distinct <= MOST_NUMBER_CLASSES',
    TABLES,
  ),
  mistake(
    'numbers of eleven kinds are classes',
    INFER,
    'distinct <= MOST_NUMBER_CLASSES',
    'distinct <= MOST_NUMBER_CLASSES + 1',
    TABLES,
  ),
  mistake(
    'a column that numbers the rows is learned from',
    INFER,
    'isWhole && isCounting && values > LEAST_ROWS',
    'false',
    TABLES,
  ),
  mistake('an id is a number', INFER, 'isWhole && isDistinct', 'false', TABLES, 'typeOf'),
  mistake('a date is a category', INFER, 'dates === values', 'false', TABLES),
  mistake(
    'texts that are nearly all different are categories',
    INFER,
    'distinct > Math.max(MOST_NUMBER_CLASSES, rows / 2)',
    'distinct > Math.max(MOST_NUMBER_CLASSES, rows)',
    TABLES,
  ),
  mistake(
    'a category that is called NA is missing',
    INFER,
    "text === '' || found[index]!.type === 'numeric'",
    'true',
    TABLES,
  ),
  mistake(
    'the example keeps its decimals behind a comma',
    INFER,
    "decimal === ',' ? text.replace(',', '.') : text",
    'text',
    TABLES,
  ),
  mistake(
    "a class's only row is tested and not trained on",
    SPLIT,
    'this.#draw(number, 0, 1)',
    'this.#draw(number, 0, 0)',
    TABLES,
  ),
  mistake(
    'all classes draw alike',
    SPLIT,
    'drawWord(this.#seed, PURPOSE.split, group, number)',
    'drawWord(this.#seed, PURPOSE.split, group, 0)',
    TABLES,
  ),
  mistake(
    'each class begins its share with the rows of the others',
    SPLIT,
    'this.#values.add(value)',
    'this.#values.add(value.subarray(0, 0))',
    TABLES,
  ),
  mistake(
    'the classes of a table are not told apart when it is split',
    'core/ingest/table/encoding.ts',
    'label === undefined ? NO_CLASS : row.bytes.subarray(row.starts[slot], row.ends[slot])',
    'NO_CLASS',
    ['test/core/ingest/table', 'test/functions/shard-dataset'],
  ),
  mistake(
    'a declared number is only the text that JSON writes',
    DECLARED,
    'found >= 0 || this.#said.size === 0',
    'true',
    TABLES,
  ),
  mistake(
    'a declared number has a point where the file has a comma',
    DECLARED,
    "typeof label === 'number' && decimal === ','",
    'false',
    TABLES,
  ),
  mistake(
    'a row that is predicted knows the names of categories alone',
    'core/ingest/table/row-encoder.ts',
    'labelsOf(column, schema)',
    'column.categories',
    TABLES,
  ),
  mistake(
    'a number that has lost digits is some category',
    'core/ingest/table/row-encoder.ts',
    "column.type === 'categorical' && !keepsItsDigits(value)",
    'false',
    TABLES,
  ),
];
