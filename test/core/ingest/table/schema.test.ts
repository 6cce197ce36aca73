import { expect, it } from 'vitest';
import { checkTableSchema, type TableSchema } from '../../../../core/ingest/table/schema.ts';

const SCHEMA: TableSchema = {
  columns: [
    { name: 'a', type: 'numeric' },
    { name: 'b', type: 'categorical', categories: ['x', 'y'] },
    { name: 'c', type: 'categorical' },
  ],
  label: { column: 'c' },
};

it('a schema may be as declared', () => {
  expect(() => checkTableSchema(SCHEMA)).not.toThrow();
  const { label: _, ...rest } = SCHEMA;
  expect(() => checkTableSchema({ ...rest, target: { columns: ['a'] } })).not.toThrow();
});

it.each<[Partial<TableSchema>, string]>([
  [{ columns: [] }, 'columns: got 0 of them, expected 1 to 10000'],
  [
    { columns: [SCHEMA.columns[0]!, SCHEMA.columns[0]!] },
    'columns: got "a" twice or empty, expected names that differ',
  ],
  [{ delimiter: ',,' }, 'delimiter: got ",,", expected a tab or one printable ASCII character but "'],
  [{ delimiter: '"' }, 'delimiter: got "\\""'],
  [{ delimiter: '\n' }, 'delimiter: got "\\n"'],
  [{ maxBadRows: -1 }, 'maxBadRows: got -1, expected a whole number from 0'],
  [{ label: undefined }, 'label: got neither label nor target, expected one of them'],
  [{ target: { columns: ['a'] } }, 'label: got both label and target, expected one of them'],
  [{ label: { column: 'd' } }, 'label.column: got "d", expected one of a, b, c'],
  [{ label: { column: 'a' } }, 'label.column: got "a", expected a categorical column without categories'],
  [{ label: { column: 'c', classes: ['x'] } }, 'label.classes: got 1 of them, expected 2 to 10000'],
  [{ label: { column: 'c', classOf: { x: 'y' } } }, 'label.classOf: got no label.classes, expected both'],
  [
    { label: { column: 'c', classes: ['x', 'y'], classOf: { p: 'z' } } },
    'label.classOf["p"]: got "z", expected one of x, y',
  ],
  [{ label: undefined, target: { columns: ['b'] } }, 'target.columns: got "b", expected a numeric column'],
  [{ label: undefined, target: { columns: [] } }, 'target.columns: got none, expected at least one'],
  [{ columns: [{ name: 'c', type: 'categorical' }] }, 'columns: got none but label, target and ignored ones'],
  [
    { columns: [{ name: 'b', type: 'categorical', categories: ['x', 'x'] }, SCHEMA.columns[2]!] },
    'categories of "b": got "x" twice or empty',
  ],
])('refuses %j', (change, message) => {
  expect(() => checkTableSchema({ ...SCHEMA, ...change })).toThrow(message);
});
