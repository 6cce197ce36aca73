/** What a network's first and last layers must be for a dataset, as far as that is known before its files are read. */
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
