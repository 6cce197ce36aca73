import { expect, it } from 'vitest';
import type { KDDCUP99 } from '../../../../core/ingest/catalogue/datasets.ts';
import { MNIST } from '../../../../core/ingest/catalogue/mnist.ts';
import {
  type CsvDataset,
  type IdxDataset,
  specOf,
  type UserDataset,
} from '../../../../core/ingest/catalogue/user-dataset.ts';

const SHA256 = 'ab'.repeat(32);
const IDX: IdxDataset = {
  name: 'letters',
  format: 'idx',
  files: {
    train: {
      images: { url: 'https://example.com/a' },
      labels: { key: 'datasets/uploads/b', sha256: SHA256 },
    },
    test: { images: { url: 'https://example.com/c' }, labels: { url: 'https://example.com/d' } },
  },
};
const CSV: CsvDataset = {
  name: 'houses',
  format: 'csv',
  train: [{ url: 'https://example.com/1.csv' }, { key: 'datasets/uploads/2.csv' }],
  test: [{ url: 'https://example.com/3.csv', sha256: SHA256 }],
  columns: [
    { name: 'area', type: 'numeric' },
    { name: 'kind', type: 'categorical' },
  ],
  label: { column: 'kind', classes: ['a', 'b'] },
};

it('specOf takes a name', () => {
  expect(specOf('mnist')).toBe(MNIST);
  expect(() => specOf('cifar')).toThrow(/dataset: got "cifar", expected one of mnist/);
});

it('specOf takes four IDX files', () => {
  expect(specOf(IDX)).toMatchObject({
    name: 'letters',
    format: 'idx',
    files: [
      { name: 'train-images', split: 'train', role: 'images', url: 'https://example.com/a' },
      { name: 'train-labels', split: 'train', role: 'labels', key: 'datasets/uploads/b', sha256: SHA256 },
      { name: 'test-images', split: 'test', role: 'images', url: 'https://example.com/c' },
      { name: 'test-labels', split: 'test', role: 'labels', url: 'https://example.com/d' },
    ],
  });
});

it('specOf takes CSV files and their schema', () => {
  expect(specOf(CSV)).toMatchObject({
    format: 'csv',
    classNames: ['a', 'b'],
    schema: { columns: CSV.columns, label: CSV.label },
    files: [
      { name: 'train-0000.csv', split: 'train', url: 'https://example.com/1.csv' },
      { name: 'train-0001.csv', split: 'train', key: 'datasets/uploads/2.csv' },
      { name: 'test-0000.csv', split: 'test', sha256: SHA256 },
    ],
  });
  expect(Object.keys((specOf(CSV) as typeof KDDCUP99).schema).sort()).toEqual(['columns', 'label']);
});

it.each(['mnist', 'fashion-mnist', 'cifar-10', 'kddcup99'])(
  'specOf takes files in the form of %s',
  (like) => {
    const spec = specOf({ name: 'mine', like, from: 'https://example.com/' });
    expect(spec).toMatchObject({ name: 'mine', mirrors: ['https://example.com/'] });
    expect(spec.files.map(({ name }) => name)).toEqual(specOf(like).files.map(({ name }) => name));
    expect(JSON.stringify(spec)).not.toContain('sha256');
  },
);

it.each<[UserDataset, string]>([
  [{ ...CSV, name: 'mnist' }, 'dataset.name: got "mnist", expected another one than the catalogue has'],
  [{ ...CSV, test: [{}] }, 'dataset.test[0]: got neither url nor key, expected one of them'],
  [{ ...CSV, test: [{ url: 'a', key: 'b' }] }, 'dataset.test[0]: got both url and key'],
  [{ ...CSV, columns: [] }, 'columns: got 0 of them'],
  [
    { ...IDX, files: { ...IDX.files, test: { ...IDX.files.train, labels: {} } } },
    'dataset.files.test.labels: got neither url nor key',
  ],
  [
    { ...IDX, files: { train: IDX.files.train } },
    'dataset.files.test: got neither test nor split, expected one of them',
  ],
  [{ ...IDX, split: { testShare: 0.5 } }, 'dataset.files.test: got both test and split'],
  [{ name: 'mine', like: 'kdd', from: 'https://example.com/' }, 'dataset: got "kdd", expected one of'],
])('specOf refuses %j', (dataset, message) => {
  expect(() => specOf(dataset)).toThrow(message);
});
