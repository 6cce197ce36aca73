import { expect, it } from 'vitest';
import { DATASETS } from '../../../../core/ingest/catalogue/datasets.ts';
import { knownShape } from '../../../../core/ingest/catalogue/known-shape.ts';
import { specOf } from '../../../../core/ingest/catalogue/user-dataset.ts';

it('pictures have known inputs, symbols only when they are declared', () => {
  expect([...DATASETS.values()].map((spec) => [spec.name, knownShape(spec)])).toEqual([
    ['mnist', { inputs: 784, outputs: 10 }],
    ['fashion-mnist', { inputs: 784, outputs: 10 }],
    ['cifar-10', { inputs: 3072, outputs: 10 }],
    ['kddcup99', { inputs: undefined, outputs: 5 }],
  ]);
});

it('a table is known as far as it is declared', () => {
  const columns = [
    { name: 'a', type: 'numeric' },
    { name: 'b', type: 'categorical', categories: ['x', 'y', 'z'] },
    { name: 'c', type: 'categorical' },
  ] as const;
  const table = { name: 't', format: 'csv', train: [{ key: 'a' }], test: [{ key: 'b' }], columns } as const;
  expect(knownShape(specOf({ ...table, label: { column: 'c' } }))).toEqual({ inputs: 4, outputs: undefined });
  const regression = { ...table, columns: columns.slice(0, 2), target: { columns: ['a'] } };
  expect(knownShape(specOf(regression))).toEqual({ inputs: 3, outputs: 1 });
});
