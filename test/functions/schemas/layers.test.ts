/** Layers as people may give them, and the sizes that the dataset decides. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { describeLayers } from '../../../core/network/describe-layers.ts';
import { jobConfigSchema, parseJobInput, trainedConfigSchema } from '../../../functions/schemas/config.ts';
import { withSizes } from '../../../functions/schemas/layers.ts';
import { houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';

/** Three districts and two kinds of numbers make inputs whose number the declaration alone does not say. */
const HOUSES = {
  name: 'houses',
  format: 'csv',
  train: [{ key: 'imports/a.csv' }],
  test: [{ key: 'imports/b.csv' }],
  ...houseSchema('regression'),
};
const REGRESSION = { dataset: HOUSES, output: 'identity', loss: 'meanSquaredError' };

describe('layers', () => {
  it.each<[object, number[]]>([
    [{}, [784, 50, 10]],
    [{ hidden: [32] }, [784, 32, 10]],
    [{ layers: [32] }, [784, 32, 10]],
    [{ hidden: [64, 32] }, [784, 64, 32, 10]],
    [{ hidden: [] }, [784, 10]],
    [{ dataset: 'cifar-10', hidden: [20] }, [3072, 20, 10]],
    [{ dataset: 'fashion-mnist' }, [784, 50, 10]],
    [{ layers: [784, 50, 10] }, [784, 50, 10]],
  ])('of %j are %j, where the catalogue knows the dataset', (input, layers) => {
    expect(parseJobInput(input)).toEqual(parseJobInput({ ...input, hidden: undefined, layers }));
    expect(parseJobInput(input).layers).toEqual(layers);
  });

  it('stay open at the end that only the files tell', () => {
    const config = parseJobInput({ ...REGRESSION, hidden: [7, 5] });
    expect(describeLayers(config.layers)).toBe('?-7-5-1');
    expect(withSizes(config, { inputSize: 12, targets: 1 }).layers).toEqual([12, 7, 5, 1]);
    // As states carry it, but not as a run's document.
    expect(jobConfigSchema.parse(config)).toEqual(config);
    expect(() => trainedConfigSchema.parse(config)).toThrow('expected the sizes of all layers');
  });

  it('that are given whole stay as they are, right or wrong', () => {
    const config = parseJobInput({ ...REGRESSION, layers: [3, 4, 2] });
    expect(withSizes(config, { inputSize: 12, targets: 1 }).layers).toEqual([3, 4, 2]);
  });

  const STROKES = [{ conv: 6, kernel: 3, padding: 'same' }, { maxPool: 2 }, { dropout: 0.5 }, 20] as const;

  it.each<[object, unknown]>([
    [{ hidden: STROKES }, [[28, 28, 1], ...STROKES, 10]],
    [{ layers: [{ maxPool: [2, 4] }] }, [[28, 28, 1], { maxPool: [2, 4] }, 10]],
    [{ dataset: 'cifar-10', hidden: STROKES }, [[32, 32, 3], ...STROKES, 10]],
    // Dropout takes units as well.
    [{ hidden: [{ dropout: 0.5 }, 20] }, [784, { dropout: 0.5 }, 20, 10]],
    [{ layers: [[28, 28, 1], ...STROKES, 10] }, [[28, 28, 1], ...STROKES, 10]],
    [{ layers: [[28, 28, 1], 20, 10] }, [[28, 28, 1], 20, 10]],
    // Augmentation has to know the pictures' size.
    [{ hidden: [20], augmentation: { crop: 4 } }, [[28, 28, 1], 20, 10]],
    [{ dataset: 'cifar-10', augmentation: {} }, [[32, 32, 3], 50, 10]],
  ])('of pictures: those of %j are %j', (input, layers) => {
    expect(parseJobInput(input).layers).toEqual(layers);
    expect(trainedConfigSchema.parse(parseJobInput(input)).layers).toEqual(layers);
  });

  it('of pictures whose shape only the files tell stay open', () => {
    const file = { key: 'imports/a' };
    const files = { train: { images: file, labels: file }, test: { images: file, labels: file } };
    const config = parseJobInput({ dataset: { name: 'own', format: 'idx', files }, hidden: STROKES });
    expect(describeLayers(config.layers)).toBe('? – conv 6 (3×3, same) – maxPool 2 – dropout 0.5 – 20 – ?');
    expect(jobConfigSchema.parse(config)).toEqual(config);
    const shape = { inputSize: 63, picture: [9, 7, 1], classes: 3 } as const;
    expect(withSizes(config, shape).layers).toEqual([[9, 7, 1], ...STROKES, 3]);
    expect(withSizes({ layers: [0, 5, 0] }, shape).layers).toEqual([63, 5, 3]);
    expect(withSizes({ layers: [0, 5, 0], augmentation: {} }, shape).layers).toEqual([[9, 7, 1], 5, 3]);
  });

  const PICTURE = [28, 28, 1];
  const ANY = 'expected units, an object with conv, maxPool, averagePool or dropout';
  it.each<[object, string]>([
    [
      { layers: [PICTURE, { conv: 6 }, 10] },
      'config.layers[1].kernel: got nothing, expected pixels, or [down, across]',
    ],
    [
      { layers: [PICTURE, 9, { conv: 6, kernel: [3, 3, 3] }, 10] },
      'config.layers[2].kernel: got [3,3,3], expected at most 2',
    ],
    [{ layers: [PICTURE, { conv: 6, kernal: 3 }, 10] }, 'config.layers[1]: unknown "kernal"'],
    [
      { layers: [PICTURE, { dropOut: 0.3 }, 10] },
      'config.layers[1].dropout: got nothing, expected number; config.layers[1]: unknown "dropOut"',
    ],
    [{ layers: [PICTURE, { averagepool: 2 }, 10] }, 'config.layers[1].averagePool: got nothing'],
    [{ hidden: [30, { dropout: 1 }] }, 'config.hidden[1].dropout: got 1, expected below 1'],
    [{ layers: [PICTURE, { type: 'conv' }, 10] }, `config.layers[1]: got {"type":"conv"}, ${ANY}`],
    [{ layers: [PICTURE, '128', 10] }, `config.layers[1]: got "128", ${ANY}`],
    [
      { layers: [PICTURE, PICTURE, 10] },
      'config.layers[1]: got [28,28,1], expected a layer; [height, width, channels] is',
    ],
    [{ layers: [PICTURE] }, 'config.layers[0]: got [28,28,1], expected the layers behind it, too'],
    [
      { layers: [{ dropout: 0.1 }, 10] },
      'config.layers[0]: got {"dropout":0.1}, expected a number of inputs, or [height',
    ],
    [
      { layers: [784, 20, { dropout: 0.1 }] },
      'config.layers[2]: got {"dropout":0.1}, expected a number of units: the classes',
    ],
  ])('%j is refused', (input, message) => {
    expect(() => parseJobInput(input)).toThrow(ConfigError);
    expect(() => parseJobInput(input)).toThrow(message);
  });

  it('are given in one way only', () => {
    const both = () => parseJobInput({ layers: [784, 10], hidden: [32] });
    expect(both).toThrow(
      new ConfigError('config.hidden: got [32] beside layers [784,10], expected one of the two'),
    );
  });
});
