import type { CifarSpec } from './spec.ts';

/** 10,000 records of 3,073 bytes. */
const BATCH_BYTES = 30_730_000;
/** SHA-256 of each. */
const BATCHES = {
  data_batch_1: 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
  data_batch_2: 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
  data_batch_3: 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
  data_batch_4: '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
  data_batch_5: '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
  test_batch: '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
};

/**
 * Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009; the binary version described at
 * cs.toronto.edu/~kriz/cifar.html, 50,000 + 10,000 pictures of 32×32. Class names as in its batches.meta.txt.
 * Size and SHA-256 of the archive from tensorflow/datasets, url_checksums/cifar10.txt; SHA-256 of its members from
 * torchvision for Ruby (ankane/torchvision-ruby, datasets/cifar10.rb), which names the same archive.
 */
export const CIFAR_10: CifarSpec = {
  name: 'cifar-10',
  format: 'cifar',
  inputShape: [3, 32, 32],
  classes: 10,
  classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  files: [
    {
      name: 'cifar-10-binary.tar',
      compressed: {
        bytes: 170_052_171,
        sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
      },
      members: Object.entries(BATCHES).map(([name, sha256]) => ({
        name: `cifar-10-batches-bin/${name}.bin`,
        split: name === 'test_batch' ? 'test' : 'train',
        bytes: BATCH_BYTES,
        sha256,
      })),
    },
  ],
  mirrors: ['https://www.cs.toronto.edu/~kriz/'],
};
