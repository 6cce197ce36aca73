import { expect, it } from 'vitest';
import { loadTable } from '../../../../core/ingest/table/load-table.ts';
import type { TableSchema } from '../../../../core/ingest/table/schema.ts';
import { toSparse } from '../../../../core/rows/input-rows.ts';
import { bytesOf } from '../chunking.ts';

const SCHEMA: TableSchema = {
  columns: [
    { name: 'metres', type: 'numeric' },
    { name: 'euros', type: 'numeric' },
  ],
  target: { columns: ['euros'] },
  maxBadRows: 1,
};

it('reads a training set by its schema, and other files as the training set was read', async () => {
  const lines = Array.from({ length: 1200 }, (_, row) => `${row % 2 === 0 ? 10 : 20},${row}`);
  const { encoding, data, badRows } = await loadTable(SCHEMA, bytesOf(`${lines.join('\n')}\nmany,1\n`));
  expect({ rows: data.x.rows, badRows }).toEqual({ rows: 1200, badRows: 1 });
  expect('targets' in data && data.targets.slice(1198)).toEqual(Float32Array.of(1198, 1199));

  const other = await loadTable(encoding, bytesOf('25,3'));
  // Mean 15 and deviation 5 are the training set's.
  expect(toSparse(other.data.x).values).toEqual(Float32Array.of(2));
  expect(other.encoding).toBe(encoding);
});

it('names the file that is wrong, and refuses one without rows', async () => {
  const { encoding } = await loadTable(SCHEMA, bytesOf('1,2\n2,3\n'));
  await expect(loadTable(encoding, bytesOf('1,2\nx,1\ny,1\n'), 'a.csv')).rejects.toThrow(/a\.csv line 2/);
  await expect(loadTable(encoding, bytesOf(''), 'a.csv')).rejects.toThrow('a.csv: no rows');
  const page = bytesOf('<!DOCTYPE html><title>Sign in</title>');
  await expect(loadTable(encoding, page, 'a.csv')).rejects.toThrow('a.csv is a web page, expected a table');
});
