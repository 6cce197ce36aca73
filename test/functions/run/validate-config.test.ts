/** What a config's dataset becomes: files to download, or an error that names what is wrong with it. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { validateConfig } from '../../../functions/run/validate-config.ts';
import { readPrices } from '../../../functions/schemas/prices.ts';
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
  const like = (name: string, from: string) => ({ name, like: 'mnist', from });
  const trainedOn = (source: object) => ({ ...HOUSES, train: [source] });
  it.each<[string, unknown, string]>([
    ['that there is not', 'minst', 'dataset: got "minst", expected one of mnist, fashion-mnist'],
    ['that is a number', 5, 'config.dataset: got 5, expected'],
    ['of a known name', { ...HOUSES, name: 'mnist' }, 'dataset.name: got "mnist", expected another'],
    ['of a name that none has', like('../a', 'http://127.0.0.1/'), 'dataset.name: got "../a"'],
    ['of a folder without its slash', like('a', 'http://127.0.0.1'), 'dataset.from: got "http://127.0.0.1"'],
    ['of no training files', { ...HOUSES, train: [] }, 'dataset.train: got [], expected at least 1 entries'],
    ['of a run', trainedOn({ key: 'runs/a' }), 'train[0].key: got "runs/a", expected a key below imports/'],
    ['of a file: URL', trainedOn({ url: 'file:///etc' }), 'dataset.train[0].url: got "file:///etc"'],
    ['of neither URL nor key', trainedOn({}), 'dataset.train[0]: got neither url nor key, expected one of'],
    ['of an unknown field', { ...HOUSES, more: 1 }, 'config.dataset: unknown "more"'],
    ['of an unknown format', { ...HOUSES, format: 'xml' }, 'dataset.format: got "xml", expected "csv"'],
    ['of a list that is too long', { ...HOUSES, missing: Array(101).fill('') }, 'dataset.missing: got'],
    [
      'of very many columns',
      {
        ...HOUSES,
        columns: [
          ...HOUSES.columns,
          ...Array.from({ length: 3000 }, (_, index) => ({ name: `column ${index}`, type: 'numeric' })),
        ],
      },
      'bytes of JSON, expected at most 100000',
    ],
  ])('for a dataset %s', (_, dataset, message) => {
    const validate = () => validateConfig('run', { dataset });
    expect(validate).toThrow(ConfigError);
    expect(validate).toThrow(message);
  });

  it('for a layer, counted as it was given', () => {
    const layers = [{ maxPool: 2 }, { conv: 3, kernel: 15 }];
    const message = 'kernel: got 15×15, expected at most 14×14, the picture that arrives there';
    expect(() => validateConfig('run', { hidden: layers })).toThrow(new ConfigError(`hidden[1].${message}`));
    const whole = { layers: [[28, 28, 1], ...layers, 10] };
    expect(() => validateConfig('run', whole)).toThrow(new ConfigError(`layers[2].${message}`));
  });

  it('for epochs beside iterations, of which one would be ignored', () => {
    const message = 'config.epochs: got 5 beside iterations 100, expected one of the two';
    expect(() => validateConfig('run', { epochs: 5, iterations: 100 })).toThrow(message);
    expect(() => validateConfig('run', { epochs: {}, iterations: 100 })).toThrow('config.epochs: got {}');
    // The default is not given.
    expect(validateConfig('run', { epochs: 5 }).config).toMatchObject({ epochs: 5, iterations: 10_000 });
  });

  it('for caps that any run would overrun, saying what the least is that would do', () => {
    // By hand: states, calls, what reads files, manifest, status and so on and the dataset, what writes.
    const prices = { ...readPrices(), lambdaRequest: 0.2, stateTransition: 3, s3Read: 0.01, s3Write: 0.1 };
    const least = 5 * 3 + 4 * 0.2 + (1 + 4 + 18 + 3) * 0.01 + (7 + 2 + 6) * 0.1;
    const validate = (config: object) => validateConfig('run', config, { prices });
    expect(validate({ maxDollars: least + 1e-9 }).config.maxDollars).toBe(least + 1e-9);
    const message = `config.maxDollars: got ${least - 1e-6}, expected at least ${least.toFixed(6)}, what a run costs`;
    expect(() => validate({ maxDollars: least - 1e-6 })).toThrow(message);
    expect(() => validate({ maxSeconds: 2 })).toThrow(
      'config.maxSeconds: got 2, expected more than 2, which',
    );
    expect(validate({ maxSeconds: 2.001 }).config.maxSeconds).toBe(2.001);
  });
});
