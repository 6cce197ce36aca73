/** What a dataset's manifest says of its shards. */
import { DATASETS } from '../../core/ingest/catalogue/datasets.ts';
import { type PictureForm, pictureShapeOf } from '../../core/ingest/picture-row.ts';
import { decodeShard, decodeTargetShard, type Shard } from '../../core/ingest/shard.ts';
import type { DatasetShape, Labels } from '../../core/rows/training-rows.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';

/** What a network for the dataset must fit. */
export function shapeOf(manifest: DatasetManifest): DatasetShape {
  const inputSize = manifest.inputShape.reduce((product, size) => product * size, 1);
  const isTable = 'encoding' in manifest && manifest.encoding !== undefined;
  const picture = isTable ? null : pictureShapeOf(manifest.inputShape);
  const sizes = { inputSize, picture, trainSize: manifest.splits.train.size };
  // The schema has either classes or targets.
  return 'targets' in manifest && manifest.targets !== undefined
    ? { ...sizes, targets: manifest.targets.length }
    : { ...sizes, classes: manifest.classes! };
}

/** What the classes are called; undefined where nobody has named them. */
export function classNamesOf(manifest: DatasetManifest): readonly string[] | undefined {
  if ('classNames' in manifest) return manifest.classNames;
  // MNIST's manifest is older than names in manifests, and stays as it is: versions name its digest.
  return manifest.formatVersion === 1 ? DATASETS.get(manifest.name)?.classNames : undefined;
}

/** How pictures become rows; undefined where they are not known to have been any, as MNIST's digits. */
export const picturesOf = (manifest: DatasetManifest): PictureForm | undefined =>
  manifest.formatVersion === 2 ? manifest.pictures : undefined;

/** A shard's rows with their labels or targets. @throws IntegrityError or DatasetError when it isn't of the dataset */
export function decodeRows(bytes: Uint8Array, manifest: DatasetManifest): Shard<Labels | Float32Array> {
  const { classes, targets } = shapeOf(manifest);
  return targets === undefined ? decodeShard(bytes, classes) : decodeTargetShard(bytes, targets);
}
