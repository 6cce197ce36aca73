/** How gradients change weights, and how an optimizer's state is kept in checkpoints so that a resumed run goes on exactly. */
import { IntegrityError } from '../errors.ts';
import { float32Of, type Tensor, tensorOf } from '../formats/safetensors.ts';
import type { UpdateRule } from '../kernels/engine.ts';
import type { DenseLayer } from '../network/architecture.ts';
import type { OptimizerName, TrainingConfig } from './config.ts';
import { learningRateAt } from './schedule.ts';

/** Names of the state tensors per parameter, as in the formulas of core/kernels/update-rule.ts. */
const STATE_NAMES: Readonly<Record<OptimizerName, readonly string[]>> = {
  sgd: [],
  momentum: ['v'],
  adagrad: ['h'],
  adam: ['m', 'v'],
};

/** The update of step `step` (0-based). */
export function updateRuleAt(config: TrainingConfig, step: number, trainSize: number): UpdateRule {
  const rate = learningRateAt(config, step, trainSize);
  const { optimizer: kind, weightDecay, momentum, beta1, beta2 } = config;
  if (kind !== 'adam') return { kind, rate, weightDecay, factor1: momentum, factor2: 0 };
  // Bias correction: the means start at 0 and are divided by 1 - β^t, folded into the rate as in the deck.
  const t = step + 1;
  const corrected = (rate * Math.sqrt(1 - power(beta2, t))) / (1 - power(beta1, t));
  return { kind, rate: corrected, weightDecay, factor1: 1 - beta1, factor2: 1 - beta2 };
}

/** base^exponent by squaring, the same on every engine. @param exponent a whole number from 0 */
function power(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** Tensors of a checkpoint, named like `v.W1`. @param state sets of tensors in the layers' shapes */
export function encodeState(
  kind: OptimizerName,
  state: readonly (readonly DenseLayer[])[],
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  STATE_NAMES[kind].forEach((name, set) => {
    state[set]!.forEach(({ weights, bias }, index) => {
      const outputs = bias.length;
      tensors.set(`${name}.W${index + 1}`, tensorOf(weights, [weights.length / outputs, outputs]));
      tensors.set(`${name}.b${index + 1}`, tensorOf(bias, [outputs]));
    });
  });
  return tensors;
}

/**
 * @param sizes units per layer, input first
 * @throws IntegrityError when the tensors aren't the ones that `encodeState` made of such a network and optimizer
 */
export function decodeState(
  kind: OptimizerName,
  sizes: readonly number[],
  tensors: ReadonlyMap<string, Tensor>,
): DenseLayer[][] {
  const rest = new Map(tensors);
  const take = (name: string, shape: number[]): Float32Array => {
    const tensor = rest.get(name);
    rest.delete(name);
    if (tensor === undefined || tensor.shape.join() !== shape.join()) {
      const got = tensor === undefined ? 'none' : `[${tensor.shape.join(', ')}]`;
      throw new IntegrityError(
        `checkpoint: ${kind} state ${name}: got ${got}, expected [${shape.join(', ')}]`,
      );
    }
    return float32Of(name, tensor);
  };
  const state = STATE_NAMES[kind].map((name) =>
    sizes.slice(1).map((outputs, index) => ({
      weights: take(`${name}.W${index + 1}`, [sizes[index]!, outputs]),
      bias: take(`${name}.b${index + 1}`, [outputs]),
    })),
  );
  if (rest.size > 0) {
    throw new IntegrityError(`checkpoint: ${kind} keeps no state ${[...rest.keys()].join(', ')}`);
  }
  return state;
}
