/** What is found out of tables that nobody has declared. */
import { describe, expect, it } from 'vitest';
import { DatasetError } from '../../../../core/errors.ts';
import { guessDialect } from '../../../../core/ingest/table/dialect.ts';
import { gatherEncoding } from '../../../../core/ingest/table/encoding.ts';
import { type Corrections, inferTable } from '../../../../core/ingest/table/infer.ts';
import { bytesOf, cut } from '../chunking.ts';

const dialectOf = (text: string, given = {}) => guessDialect(bytesOf(text), true, 'a.csv', given);
const infer = (text: string, corrections: Corrections, given = {}) =>
  inferTable([bytesOf(text)], dialectOf(text, given), corrections, 'a.csv');
const rows = (count: number, row: (n: number) => string, header = '') =>
  `${header}${Array.from({ length: count }, (_, n) => `${row(n)}\n`).join('')}`;

describe('how a table is written', () => {
  it.each([
    ['a,b\n1,2\n3,4\n', ',', '.', true],
    ['a;b\n1,5;2,5\n3;4\n', ';', ',', true],
    ['a;b\n1.5;2\n3;"x,5"\n', ';', '.', true],
    ['a\tb\n1\t2\n', '\t', '.', true],
    ['1|2|x\n3|4|y\n', '|', '.', false],
    ['\ufeff"a, b";c\r\n1;2\r\n', ';', '.', true],
    ['1,2\n3,4', ',', '.', false],
    // Which of the two is meant, nobody can know: the numbers with a comma are texts then.
    ['a;b\n1,5;2\n3.5;4\n', ';', '.', true],
    ['a,b\n"1,5",2\n"3,5",4\n', ',', '.', true],
  ])('%j', (text, delimiter, decimal, header) => {
    expect(dialectOf(text)).toMatchObject({ delimiter, decimal, header });
  });

  it('is what somebody says', () => {
    const text = 'x,y\nu,v\n';
    expect(dialectOf(text).names).toEqual(['x', 'y']);
    expect(dialectOf(text, { header: false }).names).toEqual(['column1', 'column2']);
  });

  it.each([
    ['PK\x03\x04...', /is a ZIP archive, expected a table: an Excel workbook is one/],
    ['PAR1....', /is Parquet, expected a table: npm run train -- --table FILE reads it/],
    ['<!DOCTYPE html><p>', /is a web page/],
    ['a,b,c\n', /got a header \(a, b, c\) and no rows/],
    ['\n\n', /got no rows/],
    ['a,a,b\n1,2,3\n', /column 2 is "a", twice or empty/],
  ])('%j is no table', (text, message) => {
    expect(() => dialectOf(text, text.includes('a,a') ? { header: true } : {})).toThrow(DatasetError);
    expect(() => dialectOf(text, text.includes('a,a') ? { header: true } : {})).toThrow(message);
  });
});

const HOUSES = rows(
  60,
  (n) =>
    [
      n + 1,
      `H-${n}`,
      (n * 37) % 90,
      n % 9 === 4 ? 'NA' : n % 5,
      ['north', 'south'][n % 2],
      `2024-01-${10 + (n % 9)}`,
      7,
      n * 3.5,
    ].join(','),
  'id,name,area,rooms,district,sold,country,price\n',
);

describe('columns', () => {
  it('are numbers, categories, or nothing to learn from', async () => {
    const { columns, task, schema, rows: count, example } = await infer(HOUSES, { target: 'price' });
    expect(Object.fromEntries(columns.map(({ name, type, reason }) => [name, `${type}: ${reason}`]))).toEqual(
      {
        id: 'ignore: numbers the rows',
        name: 'ignore: another text in each row',
        area: 'numeric: numbers',
        rooms: 'numeric: numbers',
        district: 'categorical: 2 categories',
        sold: 'ignore: dates',
        country: 'ignore: the same in all rows',
        price: 'numeric: predicted, as a number',
      },
    );
    expect([task, count]).toEqual(['regression', 60]);
    expect(schema).toMatchObject({ header: true, missing: ['NA'], target: { columns: ['price'] } });
    expect(columns.find(({ name }) => name === 'rooms')!.missing).toBe(7);
    expect(example).toEqual({ area: 0, rooms: 0, district: 'north' });
    // What was found is what the pipeline takes.
    const { encoding } = await gatherEncoding(schema, [{ name: 'a', chunks: [bytesOf(HOUSES)] }]);
    expect(encoding.inputs).toBe(4);
  });

  it('of ids and of texts that are nearly all different are left out, and NA may be a category', async () => {
    const header = 'customer_id,remark,region,size\n';
    // Ids that count nothing; thirty remarks in forty rows; a region that is called NA.
    const row = (n: number) => `${(n * 17) % 41},r${n % 30},${['NA', 'EU', 'AP'][n % 3]},${n * 1.5}`;
    const { columns, schema } = await infer(rows(40, row, header), { target: 'size' });
    expect(columns.map(({ type, reason }) => `${type}: ${reason}`)).toEqual([
      'ignore: an id',
      'ignore: more than 29 different texts',
      'categorical: 2 categories',
      'numeric: predicted, as a number',
    ]);
    expect(schema.missing).toBeUndefined();
  });

  it('of texts that look like numbers are what somebody knows of them', async () => {
    const text = rows(40, (n) => `0${n % 7},${n % 3},${n * 2.5}`, 'zip,kind,size\n');
    const typesOf = async (texts?: string[]) => {
      const { columns } = await infer(text, { target: 'size', ...(texts && { texts }) });
      return columns.map(({ type }) => type);
    };
    expect(await typesOf()).toEqual(['numeric', 'numeric', 'numeric']);
    expect(await typesOf(['zip'])).toEqual(['categorical', 'numeric', 'numeric']);
    expect(
      (
        await infer(
          rows(40, (n) => `${(n * 7) % 40},${n % 13}`, 'a,b\n'),
          { target: 'b', texts: ['b'] },
        )
      ).task,
    ).toBe('classification');
  });

  it('are the same however the bytes come', async () => {
    const whole = await infer(HOUSES, { target: 'price' });
    const pieces = cut(bytesOf(HOUSES), [1, 100, 101, 500]);
    expect(await inferTable(pieces, dialectOf(HOUSES), { target: 'price' }, 'a.csv')).toEqual(whole);
  });

  it('are what somebody says', async () => {
    const types = { id: 'numeric', rooms: 'categorical', area: 'ignore' } as const;
    const { columns } = await infer(HOUSES, { target: 'price', types });
    expect(columns.slice(0, 4).map(({ type }) => type)).toEqual([
      'numeric',
      'ignore',
      'ignore',
      'categorical',
    ]);
    const name = infer(HOUSES, { target: 'price', types: { name: 'numeric' } });
    await expect(name).rejects.toThrow('line 2, column "name": got "H-0", expected numbers');
  });

  it('of decimals behind a comma are numbers', async () => {
    const text = rows(20, (n) => `${(n * 7) % 11},5;${n * n},25`, 'a;b\n');
    const { columns, schema, example } = await infer(text, { target: 'b' });
    expect(columns.map(({ type }) => type)).toEqual(['numeric', 'numeric']);
    expect(schema).toMatchObject({ delimiter: ';', decimal: ',' });
    expect(example).toEqual({ a: 0.5 });
  });
});

describe('what is predicted', () => {
  const of = (value: (n: number) => unknown, corrections: Partial<Corrections> = {}) =>
    infer(
      rows(40, (n) => `${(n * 13) % 29},${value(n)}`, 'x,y\n'),
      { target: 'y', ...corrections },
    );

  it.each<[string, (n: number) => unknown, string]>([
    ['ten whole numbers', (n) => n % 10, 'classification'],
    ['eleven whole numbers', (n) => n % 11, 'regression'],
    ['fractions', (n) => (n % 2) / 2, 'regression'],
    ['truths', (n) => n % 3 === 0, 'classification'],
    ['texts', (n) => `t${n % 30}`, 'classification'],
  ])('%s', async (_, value, task) => {
    expect((await of(value)).task).toBe(task);
  });

  it('is what somebody says, where that is possible', async () => {
    expect((await of((n) => n % 3, { task: 'regression' })).task).toBe('regression');
    await expect(of((n) => `t${n % 3}`, { task: 'regression' })).rejects.toThrow(
      'column "y" line 2: got "t0", expected numbers for a regression; --task classification',
    );
  });

  it('is in every row that is used: the others are left out, if they are few', async () => {
    const { schema, rows: count } = await of((n) => (n === 5 ? '' : n % 3));
    expect([schema.maxBadRows, count]).toEqual([1, 39]);
    await expect(of((n) => (n % 2 === 0 ? '' : n % 3))).rejects.toThrow(
      /20 of 40 rows can't be read, the first: a.csv line 2/,
    );
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['one class', () => of(() => 'a'), 'got "a" in all rows, expected two values at least'],
    ['an absent column', () => of(() => 1, { target: 'z' }), 'no column "z", its columns are x, y'],
    ['few rows', () => infer('x,y\n1,2\n2,3\n', { target: 'y' }), 'got 2 rows, expected 10 at least'],
    [
      'more than 10,000 classes',
      () =>
        infer(
          rows(10_001, (n) => `${n % 7},t${n}`, 'x,y\n'),
          { target: 'y' },
        ),
      'got more than 10000 classes; is it another column',
    ],
    [
      'nothing to predict from',
      () =>
        infer(
          rows(40, (n) => `7,${n % 3}`, 'x,y\n'),
          { target: 'y' },
        ),
      'no column is left to predict "y" from: x (the same in all rows)',
    ],
  ])('is refused with %s', async (_, inferred, message) => {
    await expect(inferred()).rejects.toThrow(message);
  });
});
