/** What a network's first and last layers must be for a dataset, as far as that is known before its files are read. */
import type { DatasetShape } from '../../rows/training-rows.ts';
import { inputColumns } from '../table/schema.ts';
import type { DatasetSpec } from './spec.ts';

export interface KnownShape {
  inputs?: number | undefined;
  /** Classes, or targets of a regression. */
  outputs?: number | undefined;
}

export function knownShape(spec: DatasetSpec): KnownShape {
  if (spec.format !== 'csv') {
    return {
      inputs: spec.inputShape?.reduce((product, size) => product * size, 1),
      outputs: spec.classes,
    };
  }
  const { label, target } = spec.schema;
  let inputs: number | undefined = 0;
  for (const column of inputColumns(spec.schema)) {
    // Categories that nobody declared are found in the training set.
    const width: number | undefined = column.type === 'numeric' ? 1 : column.categories?.length;
    inputs = inputs === undefined || width === undefined ? undefined : inputs + width;
  }
  return { inputs, outputs: target?.columns.length ?? label?.classes?.length };
}

/**
 * What a network must fit, as far as that is known before the files are read: what isn't known, fits.
 *
 * @param layers of the network
 */
export function presumedShape(spec: DatasetSpec, layers: readonly number[]): DatasetShape {
  const known = knownShape(spec);
  const inputSize = known.inputs ?? layers[0]!;
  const outputs = known.outputs ?? layers.at(-1)!;
  const isRegression = spec.format === 'csv' && spec.schema.target !== undefined;
  return isRegression ? { inputSize, targets: outputs } : { inputSize, classes: outputs };
}
