/** Sizes of layers as people give them: all of them, or the hidden ones alone. */
import { ConfigError } from '../../core/errors.ts';
import type { DatasetShape } from '../../core/rows/training-rows.ts';

/** Stands for the first or last layer's size until the dataset says it. */
export const OPEN = 0;

/** Of a config that says nothing of layers: with MNIST those of the textbook. */
export const DEFAULT_HIDDEN = [50];

/**
 * The layers of a config, open at both ends where only the hidden ones are given.
 *
 * @throws ConfigError when both are given
 */
export function layersGiven({ layers, hidden }: { layers?: number[]; hidden?: number[] }): number[] {
  if (layers !== undefined && hidden !== undefined) {
    throw new ConfigError(
      `config.hidden: got ${JSON.stringify(hidden)} beside layers ${JSON.stringify(layers)}, expected one of the two`,
    );
  }
  if (layers !== undefined && layers.length > 1) return layers;
  return [OPEN, ...(layers ?? hidden ?? DEFAULT_HIDDEN), OPEN];
}

/** The same config with the dataset's sizes at the open ends, as far as they are known. */
export function withSizes<Config extends { layers: number[] }>(config: Config, shape: DatasetShape): Config {
  const [first, ...others] = config.layers as [number, ...number[]];
  const last = others.pop()!;
  const inputs = first === OPEN ? shape.inputSize : first;
  const outputs = last === OPEN ? (shape.targets ?? shape.classes!) : last;
  return { ...config, layers: [inputs, ...others, outputs] };
}

/** Layers for people, `?` where the dataset is to say the size. */
export const describeLayers = (layers: readonly number[]): string =>
  layers.map((size) => (size === OPEN ? '?' : size)).join('-');
