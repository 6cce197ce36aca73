/** Checks that span a config and the dataset it names; the rest is the schema's. */
import { ConfigError } from '../errors.ts';
import { type TrainingConfig, totalSteps } from './config.ts';

/** Steps are written with eight digits where their order matters. */
const MOST_STEPS = 99_999_999;

/**
 * @param dataset inputs per sample, classes, and the training set's size where it is known already
 * @throws ConfigError naming the field, the value and what fits
 */
export function validateAgainstDataset(
  config: TrainingConfig,
  dataset: { inputSize: number; classes: number; trainSize?: number },
): void {
  const first = config.layers[0];
  if (first !== dataset.inputSize) {
    throw new ConfigError(
      `layers[0]: got ${first}, expected ${dataset.inputSize}, the inputs of dataset ${config.dataset}`,
    );
  }
  const last = config.layers.length - 1;
  if (config.layers[last] !== dataset.classes) {
    throw new ConfigError(
      `layers[${last}]: got ${config.layers[last]}, expected ${dataset.classes}, the classes of dataset ${config.dataset}`,
    );
  }
  const { trainSize } = dataset;
  if (trainSize !== undefined && config.sampling === 'shuffle' && config.batchSize > trainSize) {
    throw new ConfigError(
      `batchSize: got ${config.batchSize}, expected at most ${trainSize}, the samples of an epoch, when shuffling`,
    );
  }
  if (config.epochs !== undefined && trainSize !== undefined) {
    const steps = totalSteps(config, trainSize);
    if (steps > MOST_STEPS) {
      throw new ConfigError(
        `epochs: got ${config.epochs}, which are ${steps} steps, expected at most ${MOST_STEPS}`,
      );
    }
  }
}
