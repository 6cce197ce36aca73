/** Every dataset that goes by a name. Those that the library doesn't bring are JSON: not all its runtimes import that. */
import { ConfigError } from '../../errors.ts';
import cifar10 from './cifar-10.json' with { type: 'json' };
import fashionMnist from './fashion-mnist.json' with { type: 'json' };
import kddcup99 from './kddcup99.json' with { type: 'json' };
import { MNIST } from './mnist.ts';
import type { CifarSpec, CsvSpec, DatasetSpec, IdxSpec } from './spec.ts';

/**
 * Xiao, Rasul, Vollgraf: Fashion-MNIST, 60,000 + 10,000 images of 28×28 of articles of clothing. Class names from the
 * README of zalandoresearch/fashion-mnist; digests are of the files' content, the same in Debian's package
 * dataset-fashion-mnist as upstream, so that any compression of it will do. Its S3 website, which others name first, has
 * no https.
 */
export const FASHION_MNIST = fashionMnist as IdxSpec;

/**
 * Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009; the binary version described at
 * cs.toronto.edu/~kriz/cifar.html, 50,000 + 10,000 pictures of 32×32, in members of 10,000 records of 3,073 bytes. Class
 * names as in its batches.meta.txt. Size and SHA-256 of the archive from tensorflow/datasets, url_checksums/cifar10.txt;
 * SHA-256 of its members from torchvision for Ruby (ankane/torchvision-ruby, datasets/cifar10.rb), which names the same
 * archive.
 */
export const CIFAR_10 = cifar10 as unknown as CifarSpec;

/**
 * KDD Cup 1999, intrusion detection: 4,898,431 + 311,029 connections of 41 features and a label, CSV without header.
 * Features and labels: kddcup.names and training_attack_types of kdd.ics.uci.edu/databases/kddcup99. SHA-256 of the
 * compressed files: eli-osherovich/papers_with_code, datasets/kddcup99/dl_config.py, and for the training set
 * scikit-learn's _kddcup99.py, which has the same one.
 *
 * Amounts and counts whose largest are orders of magnitude above the usual ones are taken as log(1 + x); features that
 * kddcup.names calls symbolic but that are 0 and 1 are taken as numbers. Labels stand in the files with a full stop behind
 * them, and are those of both sets. Their classes are those of the contest's evaluation (C. Elkan, Results of the KDD'99
 * Classifier Learning Contest): httptunnel counts as U2R and worm as R2L, with which the test set has its published
 * 60,593, 4,166, 229,853, 228 and 16,189 samples per class. Classes and costs are those of the contest
 * (kddcup99/task.html), whose winner of 1999 had a mean cost of 0.2331.
 */
export const KDDCUP99 = kddcup99 as unknown as CsvSpec;
/** Rows of the real files. */
export const KDD_ROWS = { train: 4_898_431, test: 311_029 } as const;

export type Catalogue = ReadonlyMap<string, DatasetSpec>;
export const DATASETS: Catalogue = new Map(
  [MNIST, FASHION_MNIST, CIFAR_10, KDDCUP99].map((spec) => [spec.name, spec]),
);

/** @throws ConfigError naming the datasets there are */
export function namedIn<Spec>(catalogue: ReadonlyMap<string, Spec>, name: string): Spec {
  const spec = catalogue.get(name);
  if (spec !== undefined) return spec;
  throw new ConfigError(
    `dataset: got ${JSON.stringify(name)}, expected one of ${[...catalogue.keys()].join(', ')}`,
  );
}
