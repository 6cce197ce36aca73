/** What a network's first and last layers must be for a dataset, as far as that is known before its files are read. */
import type { LayerSpecs } from '../../network/layers.ts';
import type { DatasetShape } from '../../rows/training-rows.ts';
import { pictureShapeOf, shapeOfForm } from '../picture-row.ts';
import { inputColumns } from '../table/schema.ts';
import type { CifarSpec, DatasetSpec, IdxSpec } from './spec.ts';

/**
 * What isn't known, fits.
 *
 * @param layers of the network
 */
export function presumedShape(spec: DatasetSpec, layers: LayerSpecs): DatasetShape {
  const inputs = sizeOf(layers[0]!);
  const outputs = sizeOf(layers.at(-1)!);
  if (spec.format !== 'csv') {
    const shape = shapeOfPictures(spec);
    const classes = spec.classes ?? outputs;
    if (shape === undefined) return { inputSize: inputs, classes };
    return { inputSize: product(shape), picture: pictureShapeOf(shape), classes };
  }
  const picture = null;
  const { label, target } = spec.schema;
  // Categories that nobody declared are found in the training set.
  const widths = inputColumns(spec.schema).map((column) =>
    column.type === 'numeric' ? 1 : (column.categories?.length ?? Number.NaN),
  );
  const width = widths.reduce((sum, each) => sum + each, 0);
  const inputSize = Number.isNaN(width) ? inputs : width;
  return target === undefined
    ? { inputSize, picture, classes: label?.classes?.length ?? outputs }
    : { inputSize, picture, targets: target.columns.length };
}

/** Of all rows of pictures, as far as the sizes of their files are known; 0 of tables, whose rows become others. */
export function knownBytes(spec: DatasetSpec): number {
  if (spec.format === 'csv') return 0;
  const files =
    spec.format === 'idx'
      ? spec.files.filter(({ role }) => role === 'images')
      : spec.files.flatMap(({ members }) => members);
  return files.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
}

/** Of one sample; undefined until its files are read. */
const shapeOfPictures = (spec: IdxSpec | CifarSpec): readonly number[] | undefined =>
  spec.format === 'cifar' ? shapeOfForm(spec.pictures) : spec.inputShape;

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
const sizeOf = (end: LayerSpecs[number]): number =>
  typeof end === 'number' ? end : Array.isArray(end) ? product(end) : Number.NaN;
