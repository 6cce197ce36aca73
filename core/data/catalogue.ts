/** Datasets that can be trained on by name: their files, where they are mirrored, and what they must hash to. */
import { ConfigError } from '../errors.ts';

export interface DatasetFile {
  /** Name of the uncompressed file; mirrors serve `<name>.gz`. */
  name: string;
  split: 'train' | 'test';
  role: 'images' | 'labels';
  /** Size and lower-case hexadecimal SHA-256 of the uncompressed file. */
  bytes: number;
  sha256: string;
}

export interface DatasetSpec {
  name: string;
  /** Shape of one sample. */
  inputShape: readonly number[];
  classes: number;
  files: readonly DatasetFile[];
  /** Base URLs ending in /, tried in order. */
  mirrors: readonly string[];
}

/** LeCun, Cortes, Burges: the MNIST database of handwritten digits; 60,000 + 10,000 images of 28×28. */
const MNIST: DatasetSpec = {
  name: 'mnist',
  inputShape: [28, 28],
  classes: 10,
  files: [
    {
      name: 'train-images-idx3-ubyte',
      split: 'train',
      role: 'images',
      bytes: 47_040_016,
      sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    },
    {
      name: 'train-labels-idx1-ubyte',
      split: 'train',
      role: 'labels',
      bytes: 60_008,
      sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    },
    {
      name: 't10k-images-idx3-ubyte',
      split: 'test',
      role: 'images',
      bytes: 7_840_016,
      sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    },
    {
      name: 't10k-labels-idx1-ubyte',
      split: 'test',
      role: 'labels',
      bytes: 10_008,
      sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
  ],
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
  ],
};

export type Catalogue = ReadonlyMap<string, DatasetSpec>;
export const CATALOGUE: Catalogue = new Map([[MNIST.name, MNIST]]);

/** @throws ConfigError naming the datasets there are */
export function datasetSpec(name: string, catalogue: Catalogue = CATALOGUE): DatasetSpec {
  const spec = catalogue.get(name);
  if (spec === undefined) {
    throw new ConfigError(
      `dataset: got ${JSON.stringify(name)}, expected one of ${[...catalogue.keys()].join(', ')}`,
    );
  }
  return spec;
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
