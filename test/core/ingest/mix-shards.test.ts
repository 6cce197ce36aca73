import { describe, expect, it } from 'vitest';
import { mixShards } from '../../../core/ingest/mix-shards.ts';
import type { Shard } from '../../../core/ingest/shard.ts';
import { type SparseRows, sparseFromDense } from '../../../core/rows/sparse-rows.ts';
import type { Labels } from '../../../core/rows/training-rows.ts';

type AnyShard = Shard<Labels | Float32Array>;
const COLUMNS = 3;
/** Row r has the inputs r, 0 and r + 1. */
const inputsOf = (row: number) => [row % 256, 0, (row + 1) % 256];

const inputs = (first: number, rows: number) =>
  Array.from({ length: rows }, (_, row) => inputsOf(first + row)).flat();
const labels = (first: number, rows: number) => Uint16Array.from({ length: rows }, (_, row) => first + row);

/** Rows in pages of these sizes, in each of the forms that shards have. */
const FORMS = {
  'bytes with labels': (first: number, rows: number): AnyShard => ({
    rows,
    columns: COLUMNS,
    x: Uint8Array.from(inputs(first, rows)),
    y: labels(first, rows),
  }),
  'floats with targets': (first: number, rows: number): AnyShard => ({
    rows,
    columns: COLUMNS,
    x: Float32Array.from(inputs(first, rows)),
    y: Float32Array.from(Array.from({ length: rows }, (_, row) => [first + row, -row - first]).flat()),
  }),
  'sparse rows with labels': (first: number, rows: number): AnyShard => ({
    rows,
    columns: COLUMNS,
    x: sparseFromDense([Float32Array.from(inputs(first, rows))], COLUMNS),
    y: labels(first, rows),
  }),
} as const;

async function* pagesOf(form: keyof typeof FORMS, sizes: readonly number[]): AsyncGenerator<AnyShard> {
  let first = 0;
  for (const size of sizes) {
    yield FORMS[form](first, size);
    first += size;
  }
}

async function mix(
  pages: AsyncIterable<AnyShard>,
  shardRows = 10,
  windowRows = 40,
  seed = 1,
): Promise<AnyShard[]> {
  const shards: AnyShard[] = [];
  for await (const shard of mixShards(pages, { shardRows, windowRows, seed })) shards.push(shard);
  return shards;
}

/** Of each row its number by its label, and its inputs. */
function rowsOf(shards: readonly AnyShard[]): { id: number; inputs: number[] }[] {
  return shards.flatMap(({ rows, x, y }) =>
    Array.from({ length: rows }, (_, row) => {
      const width = y.length / rows;
      if (width === 2) expect(y[2 * row + 1]).toBe(-y[2 * row]!);
      return {
        id: y[width * row]!,
        inputs: 'pointers' in x ? dense(x, row) : [...x.subarray(3 * row, 3 * row + 3)],
      };
    }),
  );
}

function dense({ pointers, indices, values }: SparseRows, row: number): number[] {
  const inputs = [0, 0, 0];
  for (let entry = pointers[row]!; entry < pointers[row + 1]!; entry++)
    inputs[indices[entry]!] = values[entry]!;
  return inputs;
}

const number = (_: unknown, row: number) => row;

describe.each(Object.keys(FORMS) as (keyof typeof FORMS)[])('%s', (form) => {
  it('come out each once, with what belongs to them, in shards of the size', async () => {
    const shards = await mix(pagesOf(form, [7, 30, 1, 57]));
    expect(shards.map(({ rows }) => rows)).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 5]);
    const rows = rowsOf(shards);
    expect(rows.map(({ id }) => id).sort((a, b) => a - b)).toEqual(Array.from({ length: 95 }, number));
    for (const { id, inputs } of rows) expect(inputs).toEqual(inputsOf(id));
    expect(rows.slice(0, 40).map(({ id }) => id)).not.toEqual(Array.from({ length: 40 }, number));
  });

  it('are the same whatever the pages, and others with another seed', async () => {
    const ids = async (sizes: number[], seed = 1) =>
      rowsOf(await mix(pagesOf(form, sizes), 10, 40, seed)).map(({ id }) => id);
    const first = await ids([39, 39, 17]);
    expect(await ids([1, 2, 3, 4, 5, 25, 35, 20])).toEqual(first);
    expect(await ids(Array(95).fill(1))).toEqual(first);
    expect(await ids([40, 40, 15])).toEqual(first);
    expect(await ids([39, 39, 17], 2)).not.toEqual(first);
  });
});

it('rows stay in their window, and a window that is full leaves nothing over', async () => {
  const rows = rowsOf(await mix(pagesOf('bytes with labels', [20, 20, 20, 20])));
  expect(rows).toHaveLength(80);
  expect(Math.max(...rows.slice(0, 40).map(({ id }) => id))).toBe(39);
});

it('no rows are no shards', async () => {
  expect(await mix(pagesOf('bytes with labels', []))).toEqual([]);
});

it('mixes each window in an order of its own', async () => {
  const shards = await mix(pagesOf('bytes with labels', [40, 40]), 40, 40);
  const [first, second] = shards.map((shard) => rowsOf([shard]).map(({ id }) => id));
  expect(second).not.toEqual(first!.map((id) => id + 40));
});
