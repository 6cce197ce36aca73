import type { IdxSpec } from './spec.ts';

/**
 * Xiao, Rasul, Vollgraf: Fashion-MNIST, 60,000 + 10,000 images of 28×28 of articles of clothing. Class names from the
 * README of zalandoresearch/fashion-mnist. Sizes uncompressed follow from the format (header of 16 or 8 bytes);
 * sizes and SHA-256 compressed from tensorflow/datasets, url_checksums/fashion_mnist.txt.
 */
export const FASHION_MNIST: IdxSpec = {
  name: 'fashion-mnist',
  format: 'idx',
  inputShape: [28, 28],
  classes: 10,
  classNames: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
  files: [
    {
      name: 'train-images-idx3-ubyte',
      split: 'train',
      role: 'images',
      bytes: 47_040_016,
      compressed: {
        bytes: 26_421_880,
        sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      },
    },
    {
      name: 'train-labels-idx1-ubyte',
      split: 'train',
      role: 'labels',
      bytes: 60_008,
      compressed: {
        bytes: 29_515,
        sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      },
    },
    {
      name: 't10k-images-idx3-ubyte',
      split: 'test',
      role: 'images',
      bytes: 7_840_016,
      compressed: {
        bytes: 4_422_102,
        sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      },
    },
    {
      name: 't10k-labels-idx1-ubyte',
      split: 'test',
      role: 'labels',
      bytes: 10_008,
      compressed: {
        bytes: 5_148,
        sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
      },
    },
  ],
  // Its S3 website, which others name first, has no https.
  mirrors: ['https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/'],
};
