/** Checks that span a config and the dataset it names; the rest is the schema's. */

import { picturesToAugment } from '../../core/augmentation/settings.ts';
import { ConfigError } from '../../core/errors.ts';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { takesPicture } from '../../core/network/layers.ts';
import { planLayers } from '../../core/network/plan.ts';
import type { DatasetShape } from '../../core/rows/training-rows.ts';
import { totalSteps } from '../../core/training/config.ts';
import { workersOf } from '../../core/training/rounds.ts';
import type { JobConfig } from './config.ts';
import { OPEN } from './layer-specs.ts';
import { withEnds } from './layers.ts';
import { checkKernels } from './training-memory.ts';

/** Steps are written with eight digits where their order matters. */
const MOST_STEPS = 99_999_999;

/** @throws ConfigError naming the field, the value and what fits */
export function validateAgainstDataset(config: JobConfig, dataset: DatasetShape): void {
  checkEnds(config, dataset);
  if (dataset.targets !== undefined) checkRegression(config);
  if (config.layers[0] !== OPEN) checkLayers(config, dataset);
  const { trainSize } = dataset;
  checkRounds(config, trainSize);
  if (trainSize !== undefined && config.sampling !== 'withReplacement' && config.batchSize > trainSize) {
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

function checkEnds({ layers, dataset, augmentation }: JobConfig, shape: DatasetShape): void {
  const { inputSize, picture, targets, classes } = shape;
  const name = datasetName(dataset);
  const ofPictures = layers.findIndex(takesPicture);
  if (ofPictures >= 0 && picture === null) {
    throw new ConfigError(
      `layers[${ofPictures}]: got ${JSON.stringify(layers[ofPictures])}, expected dense layers, as the rows of dataset ${name} are no pictures`,
    );
  }
  if (augmentation !== undefined && picture === null) {
    throw new ConfigError(
      `augmentation: got ${JSON.stringify(augmentation)}, expected none, as the rows of dataset ${name} are no pictures`,
    );
  }
  const [first, last] = [layers[0]!, layers.length - 1];
  const isPicture = ofPictures >= 0 || augmentation !== undefined || typeof first !== 'number';
  const [inputs, of] = isPicture && picture ? [picture, 'pictures'] : [inputSize, 'inputs'];
  const [outputs, what] = targets === undefined ? [classes!, 'classes'] : [targets, 'targets'];
  const ends = [
    [0, inputs, of],
    [last, outputs, what],
  ] as const;
  for (const [index, expected, of] of ends) {
    if (JSON.stringify(layers[index]) === JSON.stringify(expected)) continue;
    // Nobody knows yet whether the files hold such pictures.
    if (index === 0 && picture === undefined && typeof first !== 'number') continue;
    const hidden = layers.slice(1, -1);
    throw new ConfigError(
      `layers[${index}]: got ${JSON.stringify(layers[index])}, expected ${JSON.stringify(expected)}, the ${of} of dataset ${name}: ` +
        `"layers": ${JSON.stringify([inputs, ...hidden, outputs])}, or "hidden": ${JSON.stringify(hidden)}, which takes the dataset's own sizes`,
    );
  }
}

/**
 * @throws ConfigError for a layer that what arrives there does not go through, augmentation of what is no picture, and more
 *   than the kernels reach
 */
function checkLayers(config: JobConfig, { picture }: DatasetShape): void {
  // Whatever the outputs are, if they are open.
  const known = withEnds(config, [OPEN, 1]);
  planLayers(known.layers, known.activation);
  if (config.augmentation !== undefined) picturesToAugment(config.augmentation, known.layers);
  checkKernels(known, { kind: picture === null ? 'sparse' : 'u8', bytes: 0 });
}

/** Rounds must fit into the run, and evaluations between them; what depends on the samples waits until they are known. */
function checkRounds(config: JobConfig, trainSize: number | undefined): void {
  const { workers, localIterations, chunkIterations, evaluateEvery } = config;
  if (workers === undefined) {
    if (localIterations === undefined) return;
    throw new ConfigError(
      `localIterations: got ${localIterations}, expected nothing without workers, whose steps it counts`,
    );
  }
  if (chunkIterations !== undefined) {
    throw new ConfigError(
      `chunkIterations: got ${chunkIterations}, expected nothing with workers: localIterations says how much each trains at a time`,
    );
  }
  const total =
    config.epochs === undefined
      ? config.iterations
      : trainSize === undefined
        ? undefined
        : totalSteps(config, trainSize);
  if (total !== undefined && workers > total) {
    throw new ConfigError(`workers: got ${workers}, expected at most ${total}, the steps of the run`);
  }
  if (total !== undefined && localIterations !== undefined && workers * localIterations > total) {
    throw new ConfigError(
      `localIterations: got ${localIterations}, expected at most ${Math.floor(total / workers)}: a round of ${workers} workers is no longer than the ${total} steps of the run`,
    );
  }
  const rounds = trainSize === undefined ? { workers, localIterations } : workersOf(config, trainSize)!;
  if (evaluateEvery === undefined || rounds.localIterations === undefined) return;
  const steps = workers * rounds.localIterations;
  if (evaluateEvery % steps !== 0) {
    throw new ConfigError(
      `evaluateEvery: got ${evaluateEvery}, expected a multiple of ${steps}, the steps of a round of ${workers} workers with ${rounds.localIterations} local iterations`,
    );
  }
}

/** Softmax gives probabilities of classes, and an accuracy asks for classes. */
function checkRegression({ dataset, output, loss, earlyStopping, promotion }: JobConfig): void {
  const checks: [field: string, value: string | undefined, fits: readonly string[]][] = [
    ['output', output, ['identity']],
    ['loss', loss, ['meanSquaredError']],
    ['earlyStopping.monitor', earlyStopping?.monitor, ['testLoss', 'loss']],
    ['promotion.metric', promotion === 'always' ? undefined : promotion?.metric, ['testLoss', 'loss']],
  ];
  for (const [field, value, fits] of checks) {
    if (value === undefined || fits.includes(value)) continue;
    throw new ConfigError(
      `${field}: got ${value}, expected ${fits.join(' or ')}, as the targets of dataset ${datasetName(dataset)} are real numbers`,
    );
  }
}
