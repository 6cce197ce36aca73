/** What a network's first and last layers must be for a dataset, as far as that is known before its files are read. */
import type { DatasetShape } from '../../rows/training-rows.ts';
import { inputColumns } from '../table/schema.ts';
import type { DatasetSpec } from './spec.ts';

/**
 * What isn't known, fits.
 *
 * @param layers of the network
 */
export function presumedShape(spec: DatasetSpec, layers: readonly number[]): DatasetShape {
  const [inputs, outputs] = [layers[0]!, layers.at(-1)!];
  if (spec.format !== 'csv') {
    const inputSize = spec.inputShape?.reduce((product, size) => product * size, 1) ?? inputs;
    return { inputSize, classes: spec.classes ?? outputs };
  }
  const { label, target } = spec.schema;
  // Categories that nobody declared are found in the training set.
  const widths = inputColumns(spec.schema).map((column) =>
    column.type === 'numeric' ? 1 : (column.categories?.length ?? Number.NaN),
  );
  const width = widths.reduce((sum, each) => sum + each, 0);
  const inputSize = Number.isNaN(width) ? inputs : width;
  return target === undefined
    ? { inputSize, classes: label?.classes?.length ?? outputs }
    : { inputSize, targets: target.columns.length };
}
