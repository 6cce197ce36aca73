/** How gradients change weights, and how an optimizer's state is kept in checkpoints so that a resumed run goes on exactly. */

import type { Tensor } from '../bytes/safetensors.ts';
import { IntegrityError } from '../errors.ts';
import type { OptimizerName, UpdateRule } from '../kernels/engine.ts';
import { power } from '../math/elementary.ts';
import type { LayerParameters } from '../network/architecture.ts';
import type { LayerSpecs } from '../network/layers.ts';
import { layerTensors, takeLayers } from '../network/weights.ts';
import type { TrainingConfig } from './config.ts';
import { learningRateAt } from './schedule.ts';

/** State tensors per parameter, named as in the formulas of core/kernels/update-rule.ts. */
const STATE: Readonly<Record<OptimizerName, readonly { name: string; isSquares: boolean }[]>> = {
  sgd: [],
  momentum: [{ name: 'v', isSquares: false }],
  adagrad: [{ name: 'h', isSquares: true }],
  adam: [
    { name: 'm', isSquares: false },
    { name: 'v', isSquares: true },
  ],
};

/**
 * The update of a step.
 *
 * @param step whose learning rate it takes, 0-based
 * @param place.updates that Adam's means have seen before this one
 * @param place.factor of the learning rate
 */
export function updateRuleAt(
  config: TrainingConfig,
  step: number,
  trainSize: number,
  { updates = step, factor = 1 }: { updates?: number; factor?: number } = {},
): UpdateRule {
  const rate = factor * learningRateAt(config, step, trainSize);
  const { optimizer: kind, weightDecay, momentum, beta1, beta2 } = config;
  if (kind !== 'adam') return { kind, rate, weightDecay, factor1: momentum, factor2: 0 };
  // Bias correction: the means start at 0 and are divided by 1 - β^t, folded into the rate as in the textbook.
  const t = updates + 1;
  const corrected = (rate * Math.sqrt(1 - power(beta2, t))) / (1 - power(beta1, t));
  return { kind, rate: corrected, weightDecay, factor1: 1 - beta1, factor2: 1 - beta2 };
}

/**
 * Tensors of a checkpoint, named like `v.W1`.
 *
 * @param specs the network's layers
 * @param state sets of tensors in their shapes
 */
export function encodeState(
  kind: OptimizerName,
  specs: LayerSpecs,
  state: readonly (readonly LayerParameters[])[],
): Map<string, Tensor> {
  return new Map(STATE[kind].flatMap(({ name }, set) => layerTensors(specs, state[set]!, `${name}.`)));
}

/**
 * @param specs the network's layers
 * @throws IntegrityError when the tensors aren't the ones that `encodeState` made of such a network and optimizer, or
 *   a value is one that training can't go on from: not finite, or negative where squares are summed
 */
export function decodeState(
  kind: OptimizerName,
  specs: LayerSpecs,
  tensors: ReadonlyMap<string, Tensor>,
): LayerParameters[][] {
  const rest = new Map(tensors);
  const state = STATE[kind].map(({ name, isSquares }) =>
    takeLayers(rest, specs, `checkpoint: ${kind} state`, `${name}.`, (value) => !isSquares || value >= 0),
  );
  if (rest.size > 0) {
    throw new IntegrityError(`checkpoint: ${kind} keeps no state ${[...rest.keys()].join(', ')}`);
  }
  return state;
}
