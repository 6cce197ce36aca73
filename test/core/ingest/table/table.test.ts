/** From CSV bytes to encoded shards. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTable, isSparse } from '../../../../core/ingest/table/encode-table.ts';
import { gatherEncoding, type TableEncoding } from '../../../../core/ingest/table/encoding.ts';
import { BadRows } from '../../../../core/ingest/table/read-table.ts';
import { RowEncoder, type RowValue } from '../../../../core/ingest/table/row-encoder.ts';
import type { TableSchema } from '../../../../core/ingest/table/schema.ts';
import { bytesOf, collect, cut, cuts, reusing } from '../chunking.ts';

const SCHEMA: TableSchema = {
  columns: [
    { name: 'size', type: 'numeric' },
    { name: 'note', type: 'ignore' },
    { name: 'colour', type: 'categorical' },
    { name: 'constant', type: 'numeric' },
    { name: 'kind', type: 'categorical' },
  ],
  label: { column: 'kind' },
};
const ROWS = '1,x,red,7,b\n2,y,blue,7,a\n3,z,red,7,b\n6,,green,7,c\n';

const source = (text: string, name = 'a.csv') => [{ name, chunks: [bytesOf(text)] }];
const gather = async (text: string, schema: TableSchema = SCHEMA) =>
  (await gatherEncoding(schema, source(text))).encoding;

function rowOf(encoding: TableEncoding, values: Record<string, string | number | boolean | null>): number[] {
  const input = new Float32Array(encoding.inputs).fill(9);
  new RowEncoder(encoding).encodeValues(values, input);
  return [...input];
}

/** All rows of the encoded table, dense, with their outputs. */
async function encodeAll(encoding: TableEncoding, text: string, shardRows = 100) {
  const badRows = new BadRows(encoding.schema.maxBadRows);
  const shards = await collect(encodeTable(encoding, source(text), { shardRows, badRows }));
  const rows = shards.flatMap(({ x, rows: count, columns }) =>
    Array.from({ length: count }, (_, row) => {
      if (!('pointers' in x)) return [...x.slice(row * columns, (row + 1) * columns)];
      const dense = new Array<number>(columns).fill(0);
      for (let entry = x.pointers[row]!; entry < x.pointers[row + 1]!; entry++)
        dense[x.indices[entry]!] = x.values[entry]!;
      return dense;
    }),
  );
  return { rows, y: shards.flatMap(({ y }) => [...y]), badRows, shards };
}

describe('statistics', () => {
  it('are those of the columns', async () => {
    const { columns, classes, inputs } = await gather(ROWS);
    expect(columns).toEqual([
      {
        name: 'size',
        type: 'numeric',
        offset: 3,
        divisor: Math.sqrt(3.5),
        statistics: { count: 4, missing: 0, min: 1, max: 6, mean: 3, variance: 3.5 },
      },
      { name: 'colour', type: 'categorical', categories: ['blue', 'green', 'red'] },
      {
        name: 'constant',
        type: 'numeric',
        offset: 7,
        divisor: 0,
        statistics: { count: 4, missing: 0, min: 7, max: 7, mean: 7, variance: 0 },
      },
    ]);
    expect(classes).toEqual(['a', 'b', 'c']);
    expect(inputs).toBe(5);
  });

  it('have the same bits whatever pieces and files the rows come in', async () => {
    const lines = Array.from(
      { length: 40 },
      (_, n) => `${(n * 0.37) % 1},x,c${n % 7},${n % 2 ? 1e9 : 1e-9},k${n % 3}\n`,
    );
    const whole = await gather(lines.join(''));
    await fc.assert(
      fc.asyncProperty(cuts, fc.integer({ min: 1, max: 39 }), async (sizes, split) => {
        const files = [lines.slice(0, split), lines.slice(split)].map((part, index) => ({
          name: `${index}.csv`,
          chunks: reusing(cut(bytesOf(part.join('')), sizes)),
        }));
        expect((await gatherEncoding(SCHEMA, files)).encoding).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('stay right where sums of squares would cancel', async () => {
    const values = [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16];
    const { columns } = await gather(values.map((value, n) => `${value},,c,${n},k${n}\n`).join(''));
    expect(columns[0]).toMatchObject({ statistics: { mean: 1e9 + 10, variance: 22.5 } });
  });

  it('survive JSON', async () => {
    const encoding = await gather(ROWS);
    expect(JSON.parse(JSON.stringify(encoding))).toEqual(encoding);
  });

  it('refuse numbers whose variance is beyond float64', async () => {
    await expect(gather('1e300,,c,1,a\n-1e300,,c,1,b\n')).rejects.toThrow(
      'column "size": values from -1e+300 to 1e+300, whose variance is beyond float64',
    );
  });

  it('refuse a column of too many categories', async () => {
    const text = Array.from({ length: 10_001 }, (_, n) => `1,,c${n},1,k\n`).join('');
    await expect(gather(text)).rejects.toThrow(/column "colour": more than 10000 categories/);
  });
});

describe('encoding', () => {
  it('scales and has an input per category', async () => {
    const { rows, y } = await encodeAll(await gather(ROWS), ROWS);
    const size = (value: number) => Math.fround((value - 3) / Math.sqrt(3.5));
    expect(rows).toEqual([
      [size(1), 0, 0, 1, 0],
      [size(2), 1, 0, 0, 0],
      [0, 0, 0, 1, 0],
      [size(6), 0, 1, 0, 0],
    ]);
    expect(y).toEqual([1, 0, 1, 2]);
  });

  it.each<[TableSchema['scaling'], number[]]>([
    ['minmax', [0, Math.fround(0.2), Math.fround(0.4), 1]],
    ['none', [1, 2, 3, 6]],
  ])('has the scaling %s', async (scaling, sizes) => {
    const { rows } = await encodeAll(await gather(ROWS, { ...SCHEMA, scaling }), ROWS);
    expect(rows.map(([size]) => size)).toEqual(sizes);
  });

  it('is the same for a row that is to be predicted, numbers as text or not', async () => {
    const encoding = await gather(ROWS);
    const { rows } = await encodeAll(encoding, ROWS);
    expect(rowOf(encoding, { size: 6, colour: 'green', constant: 7 })).toEqual(rows[3]);
    expect(rowOf(encoding, { size: '6.0', colour: 'green', constant: '7', kind: 'c', note: 'n' })).toEqual(
      rows[3],
    );
  });

  it('of JSON matches a number with the category that is that number, a truth with the one that is that truth', async () => {
    const columns = ['size', 'grade', 'flag'].map((name, n) => ({
      name,
      type: n === 0 ? ('numeric' as const) : ('categorical' as const),
    }));
    const schema: TableSchema = {
      columns: [...columns, { name: 'kind', type: 'categorical' }],
      label: { column: 'kind' },
      missing: ['-9.0', 'NA'],
    };
    const encoding = await gather('1,1.0,True,a\n2,2.0,False,b\n4,+3e0,False,b\n', schema);
    const encoder = new RowEncoder(encoding);
    const of = (grade: RowValue, flag: RowValue) => rowOf(encoding, { size: 1, grade, flag }).slice(1);
    const [plus3, one, two] = [0, 1, 2];
    const lit = (grade: number, flag: number) =>
      [0, 1, 2, 3, 4].map((n) => Number(n === grade || n === 3 + flag));
    expect(of(1, true)).toEqual(lit(one, 1));
    expect(of('1.0', 'True')).toEqual(lit(one, 1));
    expect(of(2, false)).toEqual(lit(two, 0));
    expect(of(3, false)).toEqual(lit(plus3, 0));
    // What is missing is so as a number, too, in both kinds of columns.
    expect(of(-9, false)).toEqual(lit(-1, 0));
    expect(rowOf(encoding, { size: -9, grade: 1, flag: true })[0]).toBe(0);
    encoder.encodeValues({ size: 1, grade: '1', flag: 1 }, new Float32Array(6));
    expect(encoder.unknown).toEqual(['grade', 'flag']);
    encoder.encodeValues({ size: 1, grade: 1, flag: true }, new Float32Array(6));
    expect(encoder.unknown).toEqual([]);
    const twice = await gather('1,1.0,t,a\n2,1.00,f,b\n', schema);
    expect(() => rowOf(twice, { size: 1, grade: 1, flag: 't' })).toThrow(
      'column "grade": got 1, expected the text "1.0" or "1.00"',
    );
  });

  it('gives another category no input, and what was constant always 0', async () => {
    const encoding = await gather(ROWS);
    expect(rowOf(encoding, { size: 3, colour: 'mauve', constant: 1e6 })).toEqual([0, 0, 0, 0, 0]);
    expect((await encodeAll(encoding, '3,,mauve,1,a\n')).rows).toEqual([[0, 0, 0, 0, 0]]);
  });

  it.each<[Record<string, string | number | null>, string]>([
    [{ size: 'big', colour: 'red', constant: 7 }, 'column "size": got "big", expected a finite number'],
    [{ size: Number.NaN, colour: 'red', constant: 7 }, 'column "size": got "NaN", expected a finite number'],
    [{ colour: 'red', constant: 7 }, 'column "size": absent from the row'],
    [{ size: null, colour: 'red', constant: 7 }, 'column "size": got null, but no value may be missing'],
    [
      { size: 1, colour: 'red', constant: 7, weight: 3 },
      'column "weight": not one of size, colour, constant',
    ],
  ])('refuses %j', async (values, message) => {
    const encoding = await gather(ROWS);
    expect(() => rowOf(encoding, values)).toThrow(message);
  });

  it('refuses what is beyond float32', async () => {
    const encoding = await gather(ROWS, { ...SCHEMA, scaling: 'none' });
    expect(() => rowOf(encoding, { size: 1e300, colour: 'red', constant: 7 })).toThrow(
      'column "size": got 1e+300, which is beyond float32 when scaled',
    );
  });

  it('takes declared categories in their order, and refuses others where that is declared', async () => {
    const columns = SCHEMA.columns.map((column) =>
      column.name === 'colour'
        ? ({ name: 'colour', type: 'categorical', categories: ['red', 'blue'], others: 'error' } as const)
        : column,
    );
    await expect(gather(ROWS, { ...SCHEMA, columns })).rejects.toThrow(
      'a.csv line 4, column "colour": got "green", which is none of its categories',
    );
    const encoding = await gather(ROWS, { ...SCHEMA, columns, maxBadRows: 1 });
    const { rows, badRows } = await encodeAll(encoding, ROWS);
    expect(rows.map((row) => row.slice(1, 3))).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(badRows).toMatchObject({ count: 1 });
    expect(() => rowOf(encoding, { size: 1, colour: 'green', constant: 7 })).toThrow(/got "green"/);
  });

  it('takes log(1 + x) before the statistics', async () => {
    const columns = [
      { name: 'size', type: 'numeric', transform: 'log1p' } as const,
      ...SCHEMA.columns.slice(1),
    ];
    const schema: TableSchema = { ...SCHEMA, columns, scaling: 'minmax' };
    const encoding = await gather('0,,c,1,a\n999,,c,1,b\n9,,c,1,b\n', schema);
    const [input] = rowOf(encoding, { size: 9, colour: 'c', constant: 1 });
    expect(input).toBeCloseTo(1 / 3, 6);
    expect(() => rowOf(encoding, { size: -1, colour: 'c', constant: 1 })).toThrow(
      'column "size": got "-1", expected at least 0 for log(1 + x)',
    );
  });

  it('puts the mean where a number is missing, and no category where a text is', async () => {
    const schema: TableSchema = { ...SCHEMA, missing: ['', '?'], scaling: 'minmax' };
    const encoding = await gather('1,,red,1,a\n?,,?,1,b\n4,,blue,2,a\n', schema);
    expect(encoding.columns[0]).toMatchObject({ statistics: { count: 2, missing: 1, mean: 2.5 } });
    expect(encoding.columns[1]).toMatchObject({ categories: ['blue', 'red'] });
    expect(rowOf(encoding, { size: null, colour: '', constant: 1 })).toEqual([0.5, 0, 0, 0]);
    await expect(encodeAll(encoding, '1,,red,1,?\n')).rejects.toThrow(
      'column "kind": missing, which a label must not be',
    );
  });

  it('maps labels to declared classes', async () => {
    const label = {
      column: 'kind',
      classes: ['good', 'bad'],
      classOf: { a: 'bad', b: 'good', c: 'bad', d: 'good' },
    };
    const encoding = await gather(ROWS, { ...SCHEMA, label });
    expect((await encodeAll(encoding, `${ROWS}1,,red,7,d\n`)).y).toEqual([0, 1, 0, 1, 0]);
    await expect(encodeAll(encoding, '1,,red,7,e\n')).rejects.toThrow(
      'a.csv line 1, column "kind": got "e", which is none of its categories',
    );
  });

  it('has targets, scaled and back', async () => {
    const schema: TableSchema = {
      columns: SCHEMA.columns,
      target: { columns: ['constant', 'size'], scaling: 'standard' },
    };
    const encoding = await gather(ROWS, schema);
    const { y, rows } = await encodeAll(encoding, ROWS);
    expect(rows[0]).toHaveLength(3 + 3);
    const encoder = new RowEncoder(encoding);
    expect(encoder.decodeTargets(y.slice(6, 8))).toEqual([7, expect.closeTo(6, 6)]);
    await expect(encodeAll(encoding, 'x,,red,7,a\n')).rejects.toThrow('column "size": got "x"');
  });
});

describe('bad rows', () => {
  const refusal = async (text: string, schema: Partial<TableSchema> = {}) => {
    const error = await gather(text, { ...SCHEMA, ...schema }).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.name).toBe('DatasetError');
    return error!.message;
  };

  it.each([
    ['1,x,red,7\n', 'a.csv line 1, 4 columns, expected 5'],
    ['1,x,red,7,a,b\n', 'a.csv line 1, 6 columns, expected 5'],
    [`${ROWS},x,red,7,a\n`, 'a.csv line 5, column "size": got "", expected a finite number'],
    ['NaN,x,red,7,a\n', 'a.csv line 1, column "size": got "NaN", expected a finite number'],
    ['1,x,red,Infinity,a\n', 'a.csv line 1, column "constant": got "Infinity", expected a finite number'],
    ['1e999,x,red,7,a\n', 'a.csv line 1, column "size": got "1e999", expected a finite number'],
    [
      `${'9'.repeat(50)}x,,red,7,a\n`,
      `a.csv line 1, column "size": got "${'9'.repeat(40)}…", expected a finite number`,
    ],
    [
      `1,x,${'r'.repeat(1001)},7,a\n`,
      `a.csv line 1, column "colour": got "${'r'.repeat(40)}…" of 1001 bytes, expected at most 1000`,
    ],
    ['1,"x"y,red,7,a\n', 'a.csv line 1, column 2: something follows the closing quote'],
    ['', 'training set: no rows, expected at least one'],
    ['1,,red,7,a\n2,,red,7,a\n', 'label "kind": got the class "a", expected at least two'],
  ])('%j is refused with line and column', async (text, message) => {
    expect(await refusal(text)).toBe(message);
  });

  it('have no label, even where no text is declared to say so', async () => {
    await expect(gather('1,x,red,7,a\n2,y,red,7,\n')).rejects.toThrow(
      'a.csv line 2, column "kind": missing, which a label must not be',
    );
  });

  it('are left out as long as there are not too many, in both passes', async () => {
    const text = `bad\n${ROWS}1,x,red,7\n`;
    const schema = { ...SCHEMA, maxBadRows: 2 };
    const { encoding, rows, badRows } = await gatherEncoding(schema, source(text));
    expect({ rows, badRows: badRows.count }).toEqual({ rows: 4, badRows: 2 });
    expect(badRows.reports).toEqual([
      'a.csv line 1, 1 columns, expected 5',
      'a.csv line 6, 4 columns, expected 5',
    ]);
    expect(encoding.columns).toEqual((await gather(ROWS)).columns);
    expect((await encodeAll(encoding, text)).rows).toHaveLength(4);
    expect(await refusal(text, { maxBadRows: 1 })).toBe(
      'more than 1 bad rows; the first: a.csv line 1, 1 columns, expected 5; a.csv line 6, 4 columns, expected 5',
    );
  });

  it('are found by a header that lacks a column or has one more', async () => {
    const header = { header: true };
    const columns = 'expected the columns size, note, colour, constant, kind, in any order';
    expect(await refusal('size,note,colour,constant\n', header)).toBe(
      `a.csv line 1, header: no column "kind", got size, note, colour, constant, ${columns}`,
    );
    expect(await refusal('size,note,colour,constant,kind,more\n', header)).toBe(
      `a.csv line 1, header: got size, note, colour, constant, kind, … (6 columns), ${columns}`,
    );
  });
});

describe('encodeTable', () => {
  it('finds columns by the header of each file', async () => {
    const schema = { ...SCHEMA, header: true };
    const shuffled = 'kind,constant,colour,note,size\nb,7,red,x,1\na,7,blue,y,2\n';
    const rest = 'size,note,colour,constant,kind\n3,z,red,7,b\n6,,green,7,c\n';
    const files = () => [...source(shuffled), ...source(rest, 'b.csv')];
    const { encoding } = await gatherEncoding(schema, files());
    expect(encoding.columns).toEqual((await gather(ROWS)).columns);
    const [shard] = await collect(encodeTable(encoding, files(), { shardRows: 9, badRows: new BadRows() }));
    expect([...shard!.y]).toEqual([1, 0, 1, 2]);
  });

  it('cuts the same shards whatever pieces the rows come in', async () => {
    const text = Array.from({ length: 25 }, (_, n) => `${n},,c${n % 9},${n % 2},k${n % 3}\n`).join('');
    const encoding = await gather(text);
    expect(isSparse(encoding)).toBe(true);
    const { shards, rows } = await encodeAll(encoding, text, 10);
    expect(shards.map((shard) => shard.rows)).toEqual([10, 10, 5]);
    expect(rows).toEqual((await encodeAll(encoding, text, 7)).rows);
    await fc.assert(
      fc.asyncProperty(cuts, async (sizes) => {
        const chunks = reusing(cut(bytesOf(text), sizes));
        const sources = [{ name: 'a.csv', chunks }];
        const again = await collect(
          encodeTable(encoding, sources, { shardRows: 10, badRows: new BadRows() }),
        );
        expect(again).toEqual(shards);
      }),
      { numRuns: 20 },
    );
  });

  it('has dense rows where those are smaller', async () => {
    const encoding = await gather(ROWS);
    expect(isSparse(encoding)).toBe(false);
    const { shards } = await encodeAll(encoding, ROWS, 3);
    expect(shards.map(({ x }) => (x as Float32Array).length)).toEqual([15, 5]);
  });
});

describe('decimals behind a comma', () => {
  const schema: TableSchema = { ...SCHEMA, delimiter: ';', decimal: ',' };
  const text = '1,5;x;red;7;b\n-2,25e1;y;0,5;7;a\n';

  it('are read as such, and a row to predict may have numbers as JSON writes them', async () => {
    const encoding = await gather(text, { ...schema, scaling: 'none' });
    expect((await encodeAll(encoding, text)).rows.map(([size]) => size)).toEqual([1.5, -22.5]);
    const row = { size: 2.5, colour: 0.5, constant: '7' };
    expect(rowOf(encoding, row)).toEqual(rowOf(encoding, { ...row, size: '2,5', colour: '0,5' }));
    expect(rowOf(encoding, row)[0]).toBe(2.5);
  });

  it('are not those behind a point, which there separate thousands, and need another delimiter', async () => {
    await expect(gather('1.500;x;red;7;b\n', schema)).rejects.toThrow(
      'got "1.500", expected a finite number',
    );
    await expect(gather(text, { ...SCHEMA, decimal: ',' })).rejects.toThrow('decimal: got ","');
  });
});
