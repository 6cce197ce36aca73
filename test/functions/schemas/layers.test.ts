/** Layers as people may give them, and the sizes that the dataset decides. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { jobConfigSchema, parseJobInput, trainedConfigSchema } from '../../../functions/schemas/config.ts';
import { describeLayers, withSizes } from '../../../functions/schemas/layers.ts';
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

  it('are given in one way only', () => {
    const both = () => parseJobInput({ layers: [784, 10], hidden: [32] });
    expect(both).toThrow(
      new ConfigError('config.hidden: got [32] beside layers [784,10], expected one of the two'),
    );
  });
});
