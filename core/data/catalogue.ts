/** The datasets that the functions take by name so far: IDX files that are verified against what is known of them. */
import { ConfigError } from '../errors.ts';
import { namedIn } from './catalogue/datasets.ts';
import { MNIST } from './catalogue/mnist.ts';
import type { VerifiedIdxFile, VerifiedIdxSpec } from './catalogue/spec.ts';

export type DatasetFile = VerifiedIdxFile;
export type DatasetSpec = Omit<VerifiedIdxSpec, 'format'>;

export type Catalogue = ReadonlyMap<string, DatasetSpec>;
export const CATALOGUE: Catalogue = new Map([[MNIST.name, MNIST]]);

/** @throws ConfigError naming the datasets there are */
export function datasetSpec(name: string, catalogue: Catalogue = CATALOGUE): DatasetSpec {
  return namedIn(catalogue, name);
}

/** Inputs per sample. */
export function inputSize(spec: Pick<DatasetSpec, 'inputShape'>): number {
  return spec.inputShape.reduce((product, size) => product * size, 1);
}

/** The file of a split and role. @throws ConfigError when the dataset has none */
export function fileOf(
  spec: DatasetSpec,
  split: DatasetFile['split'],
  role: DatasetFile['role'],
): DatasetFile {
  const file = spec.files.find((candidate) => candidate.split === split && candidate.role === role);
  if (file === undefined) throw new ConfigError(`dataset ${spec.name} has no ${split} ${role}`);
  return file;
}
