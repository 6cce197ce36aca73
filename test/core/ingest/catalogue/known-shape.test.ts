import { expect, it } from 'vitest';
import { DATASETS } from '../../../../core/ingest/catalogue/datasets.ts';
import { presumedShape } from '../../../../core/ingest/catalogue/known-shape.ts';
import { type CsvDataset, specOf } from '../../../../core/ingest/catalogue/user-dataset.ts';

it('pictures have known inputs, symbols only when they are declared', () => {
  expect([...DATASETS.values()].map((spec) => [spec.name, presumedShape(spec, [7, 9])])).toEqual([
    ['mnist', { inputSize: 784, picture: [28, 28, 1], classes: 10 }],
    ['fashion-mnist', { inputSize: 784, picture: [28, 28, 1], classes: 10 }],
    ['cifar-10', { inputSize: 3072, picture: [32, 32, 3], classes: 10 }],
    ['kddcup99', { inputSize: 7, picture: null, classes: 5 }],
  ]);
});

it('a table is known as far as it is declared', () => {
  const columns = [
    { name: 'a', type: 'numeric' },
    { name: 'b', type: 'categorical', categories: ['x', 'y', 'z'] },
    { name: 'c', type: 'categorical' },
  ] as const;
  const table = { name: 't', format: 'csv', train: [{ key: 'a' }], test: [{ key: 'b' }], columns } as const;
  const shapeOf = (more: object) => presumedShape(specOf({ ...table, ...more } as CsvDataset), [7, 9]);
  expect(shapeOf({ label: { column: 'c' } })).toEqual({ inputSize: 4, picture: null, classes: 9 });
  expect(shapeOf({ columns, target: { columns: ['a'] } })).toEqual({
    inputSize: 7,
    picture: null,
    targets: 1,
  });
  const declared = { columns: columns.slice(0, 2), target: { columns: ['a'] } };
  expect(shapeOf(declared)).toEqual({ inputSize: 3, picture: null, targets: 1 });
});
