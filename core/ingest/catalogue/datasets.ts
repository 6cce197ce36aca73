/** Every dataset that goes by a name. */
import { ConfigError } from '../../errors.ts';
import { CIFAR_10 } from './cifar-10.ts';
import { FASHION_MNIST } from './fashion-mnist.ts';
import { KDDCUP99 } from './kddcup99.ts';
import { MNIST } from './mnist.ts';
import type { DatasetSpec } from './spec.ts';

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
