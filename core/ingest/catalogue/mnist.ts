import type { VerifiedIdxSpec } from './spec.ts';

/** LeCun, Cortes, Burges: the MNIST database of handwritten digits; 60,000 + 10,000 images of 28×28. */
export const MNIST: VerifiedIdxSpec = {
  name: 'mnist',
  format: 'idx',
  manifestVersion: 1,
  inputShape: [28, 28],
  classes: 10,
  classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  // Sizes follow from the format: a header of 16 or 8 bytes, then a byte per pixel or label.
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
