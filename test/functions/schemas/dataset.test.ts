import { describe, expect, it } from 'vitest';
import { specOf } from '../../../core/ingest/catalogue/user-dataset.ts';
import { gatherEncoding } from '../../../core/ingest/table/encoding.ts';
import type { TableSchema } from '../../../core/ingest/table/schema.ts';
import { tableEncoding, userDataset } from '../../../functions/schemas/dataset.ts';
import { parsePayload } from '../../../functions/schemas/parse.ts';
import { houseRows, houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';

const location = { url: 'https://example.com/a' };

describe('userDataset', () => {
  it.each([
    {
      name: 'a',
      format: 'idx',
      files: { train: { images: location, labels: location }, test: { images: location, labels: location } },
    },
    {
      name: 'b',
      format: 'csv',
      train: [location],
      test: [{ key: 'imports/x.csv' }],
      ...houseSchema('classification'),
    },
    {
      name: 'd',
      format: 'csv',
      train: [location],
      split: { testShare: 0.5 },
      columns: [
        { name: 'zone', type: 'categorical', categories: [1, 'two', 3.5] },
        { name: 'sold', type: 'categorical' },
      ],
      label: { column: 'sold', classes: [true, false], classOf: { yes: true, no: false } },
      missing: [-999, ''],
    },
    { name: 'c', like: 'kddcup99', from: 'http://127.0.0.1:1/' },
  ])('takes $name', (dataset) => {
    const parsed = userDataset.parse(dataset);
    expect(parsed).toEqual(dataset);
    expect(specOf(parsed).name).toBe(dataset.name);
  });
});

it.each<[unknown, string]>([
  [[1, null], 'got null, expected string or number or boolean'],
  [[[1]], 'expected string or number or boolean'],
])('a declaration whose categories are %j is answered with what they may be', (categories, message) => {
  const dataset = {
    name: 'd',
    format: 'csv',
    train: [location],
    columns: [{ name: 'zone', type: 'categorical', categories }],
  };
  expect(() => parsePayload(userDataset, dataset, 'dataset')).toThrow(message);
});

it('tableEncoding takes what core makes, as JSON, and nothing whose inputs do not add up', async () => {
  const chunks = [Buffer.from([...houseRows('classification', 0, 50, 1)].join(''))];
  const { encoding } = await gatherEncoding(houseSchema('classification') as TableSchema, [
    { name: 'a', chunks },
  ]);
  expect(tableEncoding.parse(JSON.parse(JSON.stringify(encoding)))).toEqual(encoding);
  expect(tableEncoding.safeParse({ ...encoding, inputs: encoding.inputs + 1 }).success).toBe(false);
});
