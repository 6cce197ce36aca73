/** Layers as people give them, all of them or the hidden ones alone, and what the dataset says of their ends. */
import { ConfigError } from '../../core/errors.ts';
import { type LayerSpec, type LayerSpecs, takesPicture } from '../../core/network/layers.ts';
import type { DatasetShape } from '../../core/rows/training-rows.ts';
import type { TrainingConfig } from '../../core/training/config.ts';
import { OPEN } from './layer-specs.ts';

/** Of a config that says nothing of layers: with MNIST those of the textbook. */
export const DEFAULT_HIDDEN = [50];

/**
 * The layers of a config, open at both ends where only the hidden ones are given.
 *
 * @throws ConfigError when both are given
 */
export function layersGiven({
  layers,
  hidden,
}: {
  layers?: LayerSpecs;
  hidden?: readonly LayerSpec[];
}): LayerSpecs {
  if (layers !== undefined && hidden !== undefined) {
    throw new ConfigError(
      `config.hidden: got ${JSON.stringify(hidden)} beside layers ${JSON.stringify(layers)}, expected one of the two`,
    );
  }
  if (layers !== undefined && layers.length > 1) return layers;
  return [OPEN, ...(layers ?? hidden ?? DEFAULT_HIDDEN), OPEN];
}

/** Whether the network has to know the height, width and channels of what comes in. */
export const wantsPicture = ({ layers, augmentation }: Pick<TrainingConfig, 'layers' | 'augmentation'>) =>
  augmentation !== undefined || layers.some(takesPicture);

/** Whether the dataset has yet to say the size of an end. */
export const isOpen = (layers: LayerSpecs): boolean => layers[0] === OPEN || layers.at(-1) === OPEN;

/** The same config with the dataset's sizes at the open ends, as far as they are known. */
export function withSizes<Config extends Pick<TrainingConfig, 'layers' | 'augmentation'>>(
  config: Config,
  { picture, inputSize, targets, classes }: DatasetShape,
): Config {
  const inputs = wantsPicture(config) && picture !== null ? (picture ?? OPEN) : inputSize;
  return withEnds(config, [inputs, targets ?? classes!]);
}

/** The same config with these in the place of open ends. */
export function withEnds<Config extends { layers: LayerSpecs }>(
  config: Config,
  [inputs, outputs]: readonly [LayerSpecs[number], LayerSpecs[number]],
): Config {
  const [first, ...others] = config.layers;
  const last = others.pop();
  return {
    ...config,
    layers: [first === OPEN ? inputs : first!, ...others, last === OPEN ? outputs : last!],
  };
}
