/** What a config's dataset becomes: files to download, or an error that names what is wrong with it. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { validateConfig } from '../../../functions/run/validate-config.ts';
import { houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';

const url = 'https://example.com/a.csv';
const HOUSES = {
  name: 'houses',
  format: 'csv',
  train: [{ url }],
  test: [{ key: 'imports/b.csv', sha256: 'ab'.repeat(32) }],
  ...houseSchema('classification'),
};
const filesOf = (config: object) => validateConfig('run', config).files;

describe('files', () => {
  it('of the catalogue are named, for the function knows them', () => {
    expect(filesOf({}).map(({ file, source }) => [file, source])).toEqual([
      ['train-images-idx3-ubyte', undefined],
      ['train-labels-idx1-ubyte', undefined],
      ['t10k-images-idx3-ubyte', undefined],
      ['t10k-labels-idx1-ubyte', undefined],
    ]);
    expect(filesOf({ dataset: 'cifar-10', layers: [3072, 10] })).toEqual([
      { dataset: 'cifar-10', file: 'cifar-10-binary.tar' },
    ]);
  });

  it('that a config declares carry their places', () => {
    expect(filesOf({ dataset: HOUSES, layers: [10, 5, 3] })).toEqual([
      { dataset: 'houses', file: 'train-0000.csv', source: { url } },
      {
        dataset: 'houses',
        file: 'test-0000.csv',
        source: { key: 'imports/b.csv', sha256: 'ab'.repeat(32) },
      },
    ]);
    const like = { name: 'mine', like: 'kddcup99', from: 'https://example.com/kdd/' };
    expect(filesOf({ dataset: like, layers: [100, 5] })).toEqual([
      { dataset: 'mine', file: 'kddcup.data', source: { url: 'https://example.com/kdd/kddcup.data.gz' } },
      { dataset: 'mine', file: 'corrected', source: { url: 'https://example.com/kdd/corrected.gz' } },
    ]);
  });
});

describe('a config is refused', () => {
  const regression = { ...HOUSES, label: undefined, ...houseSchema('regression') };
  it.each<[string, object, string | RegExp]>([
    [
      'for a dataset that there is not',
      { dataset: 'minst' },
      /dataset: got "minst", expected one of mnist, fashion-mnist/,
    ],
    [
      'for a name of the catalogue',
      { dataset: { ...HOUSES, name: 'mnist' } },
      'dataset.name: got "mnist", expected another',
    ],
    [
      'for a key elsewhere',
      { dataset: { ...HOUSES, train: [{ key: 'runs/a' }] } },
      'config.dataset.train[0].key: got "runs/a", expected a key below imports/',
    ],
    [
      'for a URL that is none',
      { dataset: { ...HOUSES, train: [{ url: 'file:///etc' }] } },
      'config.dataset.train[0].url: got "file:///etc"',
    ],
    [
      'for neither URL nor key',
      { dataset: { ...HOUSES, train: [{}] } },
      'dataset.train[0]: got neither url nor key, expected one of them',
    ],
    ['for a field that is unknown', { dataset: { ...HOUSES, more: 1 } }, 'config.dataset: unknown "more"'],
    [
      'for a format that is unknown',
      { dataset: { ...HOUSES, format: 'xml' } },
      /config.dataset.format: got "xml", expected "csv"/,
    ],
    ['for a number', { dataset: 5 }, /config.dataset: got 5, expected/],
    [
      'for outputs that are not the classes',
      { dataset: { ...HOUSES, label: { column: 'class', classes: ['a', 'b'] } }, layers: [10, 3] },
      'layers[1]: got 3, expected 2, the classes of dataset houses',
    ],
    [
      'for a softmax over targets',
      { dataset: regression, layers: [10, 1] },
      'output: got softmax, expected identity',
    ],
    [
      'for a list that is too long',
      { dataset: { ...HOUSES, missing: Array(101).fill('') } },
      'config.dataset.missing: got',
    ],
    [
      'for a declaration of very many columns',
      {
        dataset: {
          ...HOUSES,
          columns: [
            ...HOUSES.columns,
            ...Array.from({ length: 3000 }, (_, index) => ({ name: `column ${index}`, type: 'numeric' })),
          ],
        },
      },
      /config: got \d+ bytes of JSON, expected at most 100000/,
    ],
  ])('%s', (_, config, message) => {
    const validate = () => validateConfig('run', config);
    expect(validate).toThrow(ConfigError);
    expect(validate).toThrow(message);
  });
});
