import { mnistFiles } from './mnist.ts';
import type { IdxSpec } from './spec.ts';

/** Of the files in mnistFiles' order, from tensorflow/datasets, url_checksums/fashion_mnist.txt. */
const COMPRESSED = [
  { bytes: 26_421_880, sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84' },
  { bytes: 29_515, sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845' },
  { bytes: 4_422_102, sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073' },
  { bytes: 5_148, sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5' },
];

/**
 * Xiao, Rasul, Vollgraf: Fashion-MNIST, 60,000 + 10,000 images of 28×28 of articles of clothing. Class names from the
 * README of zalandoresearch/fashion-mnist.
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
  files: mnistFiles(COMPRESSED.map((compressed) => ({ compressed }))),
  // Its S3 website, which others name first, has no https.
  mirrors: ['https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/'],
};
