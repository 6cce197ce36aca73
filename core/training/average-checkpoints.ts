/** Model averaging: one checkpoint of what the workers of a round trained apart. */
import { IntegrityError } from '../errors.ts';
import { float32Of, type Tensor, tensorOf } from '../formats/safetensors.ts';
import type { Checkpoint } from './checkpoint.ts';

/**
 * Weights, biases, optimizer state and loss, each the mean Σ_i n_i·p_i / Σ_i n_i: in float64, i ascending from the first
 * part, then one division, and one rounding to float32 where the value is one. So the bytes depend on the parts and
 * their order alone, and parts that are equal give just that, as long as Σ_i n_i is below 2^29.
 *
 * Parts of weight 0 are left out; where one part is left, it is the answer as it is.
 *
 * The optimizer's tensors are averaged like weights (momentum's v, AdaGrad's h, Adam's m and v), so that each is again
 * what such training leaves: no mean of squares becomes negative.
 *
 * @param parts in the workers' order
 * @param weights n_i, samples that each part has trained on: whole numbers from 0, not all 0
 * @throws RangeError for weights that are no such numbers or not as many as parts
 * @throws IntegrityError when the parts are not of the same run, step, architecture and optimizer
 */
export function averageCheckpoints(parts: readonly Checkpoint[], weights: readonly number[]): Checkpoint {
  if (weights.length !== parts.length) {
    throw new RangeError(
      `weights: got ${weights.length}, expected one for each of the ${parts.length} parts`,
    );
  }
  weights.forEach((weight, index) => {
    if (Number.isSafeInteger(weight) && weight >= 0) return;
    throw new RangeError(`weights[${index}]: got ${weight}, expected a whole number of samples from 0`);
  });
  const counted = parts.flatMap((part, index) =>
    weights[index]! > 0 ? [{ part, weight: weights[index]! }] : [],
  );
  const [first, ...others] = counted;
  if (first === undefined) throw new RangeError('weights: got no samples, expected some');
  parts.forEach((part, index) => {
    checkAlike(first.part, part, index);
  });
  if (others.length === 0) return first.part;
  const total = counted.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (of: (part: Checkpoint) => ArrayLike<number>): Float64Array => {
    const sums = Float64Array.from(of(first.part), (value) => value * first.weight);
    for (const { part, weight } of others) {
      const values = of(part);
      for (let at = 0; at < sums.length; at++) sums[at]! += values[at]! * weight;
    }
    return sums.map((sum) => sum / total);
  };
  const rounded = (of: (part: Checkpoint) => Float32Array): Float32Array => new Float32Array(mean(of));
  const hasLoss = counted.every(({ part }) => part.loss !== null);
  return {
    ...first.part,
    loss: hasLoss ? mean(({ loss }) => [loss!])[0]! : null,
    layers: first.part.layers.map((_, index) => ({
      weights: rounded((part) => part.layers[index]!.weights),
      bias: rounded((part) => part.layers[index]!.bias),
    })),
    optimizerState: new Map(
      Array.from(first.part.optimizerState, ([name, { shape }]) => [
        name,
        tensorOf(
          rounded((part) => float32Of(name, part.optimizerState.get(name)!)),
          shape,
        ),
      ]),
    ),
  };
}

function checkAlike(first: Checkpoint, part: Checkpoint, index: number): void {
  const [a, b] = [describe(first), describe(part)];
  for (const [what, expected] of Object.entries(a)) {
    if (b[what] === expected) continue;
    throw new IntegrityError(
      `parts[${index}]: got ${what} ${b[what]}, expected ${expected} as in the others`,
    );
  }
}

/** What parts of one round have in common. */
function describe({
  step,
  configHash,
  architecture,
  layers,
  optimizerState,
}: Checkpoint): Record<string, string> {
  const shapes = (state: ReadonlyMap<string, Tensor>) =>
    [...state]
      .map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape.join(', ')}]`)
      .sort()
      .join('; ');
  return {
    step: String(step),
    configHash,
    architecture: JSON.stringify(architecture),
    layers: layers.map(({ weights, bias }) => `${weights.length}/${bias.length}`).join(', '),
    'optimizer state': shapes(optimizerState) || 'none',
  };
}
