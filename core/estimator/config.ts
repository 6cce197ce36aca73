/** Options as a model works with them: checked, and with the defaults of those that are left out. */

import { checkAugmentation, picturesToAugment } from '../augmentation/settings.ts';
import { ConfigError } from '../errors.ts';
import type { ActivationName } from '../network/architecture.ts';
import type { LayerSpec, PictureShape } from '../network/layers.ts';
import { type LayerPlan, outputsOf, planLayers } from '../network/plan.ts';
import { checkOptions } from './check-options.ts';
import { FIT_CHECKS, LOAD_CHECKS, MODEL_CHECKS } from './option-checks.ts';
import type { FitOptions, LoadOptions, ModelOptions } from './options.ts';
import type { Label } from './outputs.ts';

type Optional = 'layers' | 'classes' | 'scaling' | 'augmentation';
export type ModelConfig = Readonly<Required<Omit<ModelOptions, Optional>> & Pick<ModelOptions, Optional>>;

const OF_MODEL = { names: Object.keys(MODEL_CHECKS), call: 'new Model' };
const OF_FIT = { names: Object.keys(FIT_CHECKS), call: 'fit' };

/** @throws ConfigError naming the option, its value and what is allowed */
export function modelConfig(options: ModelOptions): ModelConfig {
  checkOptions('new Model', options, MODEL_CHECKS, OF_FIT);
  const { task = 'classification', hidden, layers, activation = 'relu', augmentation } = options;
  if (hidden !== undefined && layers !== undefined) {
    throw new ConfigError('layers: got them beside hidden, expected one of the two');
  }
  const odd = task === 'regression' ? 'classes' : 'targetScaling';
  if (options[odd] !== undefined) throw new ConfigError(`${odd}: got it with the task ${task}`);
  if (layers !== undefined) planLayers(layers, activation);
  else if (hidden !== undefined) planHidden(ANY_PICTURE, hidden, 1, activation);
  if (augmentation !== undefined) {
    if (layers === undefined) checkAugmentation(augmentation);
    else picturesToAugment(augmentation, layers);
  }
  const units = layers && outputsOf(layers);
  if (options.classes !== undefined && units !== undefined && units !== options.classes.length) {
    throw new ConfigError(`layers: the last has ${units} units, classes has ${options.classes.length}`);
  }
  return {
    task,
    hidden: [...((layers?.slice(1, -1) as LayerSpec[] | undefined) ?? hidden ?? [64])],
    layers: layers && [...layers],
    activation,
    classes: options.classes && [...options.classes],
    scaling: options.scaling,
    augmentation,
    targetScaling: options.targetScaling ?? 'standard',
    weightInit: options.weightInit ?? { kind: activation === 'relu' ? 'he' : 'xavier' },
    optimizer: options.optimizer ?? 'adam',
    learningRate: options.learningRate ?? 0.001,
    momentum: options.momentum ?? 0.9,
    beta1: options.beta1 ?? 0.9,
    beta2: options.beta2 ?? 0.999,
    weightDecay: options.weightDecay ?? 0,
    seed: options.seed ?? 0,
    backend: options.backend ?? 'wasm',
  };
}

/** What goes through none of so large a picture goes through none at all. */
const ANY_PICTURE: PictureShape = [2 ** 20, 2 ** 20, 1];

/** @throws ConfigError naming the layer, and what arrives there */
export function planHidden(
  inputs: PictureShape | number,
  hidden: readonly LayerSpec[],
  outputs: number,
  activation: ActivationName,
): LayerPlan[] {
  return planLayers([inputs, ...hidden, outputs], activation, (index) => `hidden[${index - 1}]`);
}

/** @throws ConfigError naming the option, its value and what is allowed */
export function fitConfig<L extends Label | number[]>(options: FitOptions<L>) {
  checkOptions('fit', options, FIT_CHECKS, OF_MODEL);
  const { epochs = 100, batchSize = 32, ...rest } = options;
  return { epochs, batchSize, ...rest };
}

/** @throws ConfigError naming the option, its value and what is allowed */
export function checkLoadOptions(options: LoadOptions): void {
  checkOptions('Model.load', options, LOAD_CHECKS, OF_MODEL);
}
