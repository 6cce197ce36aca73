/** Model averaging: one checkpoint of what the workers of a round trained apart. */

import { float32Of, type Tensor, tensorOf } from '../bytes/safetensors.ts';
import { IntegrityError } from '../errors.ts';
import type { Checkpoint } from './checkpoint.ts';

/**
 * The mean of checkpoints that come one after the other, of which none has to be kept: like averageCheckpoints, for as
 * many parts as there may be.
 */
export class CheckpointAverage {
  #parts = 0;
  #total = 0;
  /** What parts have in common. */
  #kind: Record<string, string> | undefined;
  /** The first part that counts, and the sums so far: one array for each tensor, in the order of `numbersOf`. */
  #first: Checkpoint | undefined;
  #sums: Float64Array[] | undefined;
  #loss: number | null = null;
  #counted = 0;

  /**
   * @param part the next one, in the workers' order
   * @param weight samples that it has trained on: a whole number from 0
   * @throws RangeError for a weight that is no such number
   * @throws IntegrityError when it is not of the same run, step, architecture and optimizer as the others
   */
  add(part: Checkpoint, weight: number): void {
    const index = this.#parts++;
    if (!(Number.isSafeInteger(weight) && weight >= 0)) {
      throw new RangeError(`weights[${index}]: got ${weight}, expected a whole number of samples from 0`);
    }
    const kind = describe(part);
    this.#kind ??= kind;
    checkAlike(this.#kind, kind, index);
    if (weight === 0) return;
    const numbers = numbersOf(part);
    if (this.#first === undefined || this.#sums === undefined) {
      this.#first = part;
      this.#sums = numbers.map((values) => Float64Array.from(values, (value) => value * weight));
      this.#loss = part.loss === null ? null : part.loss * weight;
    } else {
      this.#sums.forEach((sums, tensor) => {
        const values = numbers[tensor]!;
        for (let at = 0; at < sums.length; at++) sums[at]! += values[at]! * weight;
      });
      this.#loss = this.#loss === null || part.loss === null ? null : this.#loss + part.loss * weight;
    }
    this.#counted++;
    this.#total += weight;
  }

  /** @throws RangeError when no part had samples */
  mean(): Checkpoint {
    const first = this.#first;
    if (first === undefined) throw new RangeError('weights: got no samples, expected some');
    if (this.#counted === 1) return first;
    const total = this.#total;
    const means = this.#sums!.map((sums) => Float32Array.from(sums, (sum) => sum / total));
    let at = 0;
    const next = (): Float32Array => means[at++]!;
    return {
      ...first,
      loss: this.#loss === null ? null : this.#loss / total,
      layers: first.layers.map(() => ({ weights: next(), bias: next() })),
      optimizerState: new Map(sortedState(first).map(([name, { shape }]) => [name, tensorOf(next(), shape)])),
    };
  }
}

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
  const average = new CheckpointAverage();
  parts.forEach((part, index) => {
    average.add(part, weights[index]!);
  });
  return average.mean();
}

/** Of each layer weights and bias, then the optimizer's tensors by name. */
const numbersOf = (checkpoint: Checkpoint): Float32Array[] => [
  ...checkpoint.layers.flatMap(({ weights, bias }) => [weights, bias]),
  ...sortedState(checkpoint).map(([name, tensor]) => float32Of(name, tensor)),
];

const sortedState = ({ optimizerState }: Checkpoint): [string, Tensor][] =>
  [...optimizerState].sort(([a], [b]) => (a < b ? -1 : 1));

function checkAlike(expected: Record<string, string>, got: Record<string, string>, index: number): void {
  for (const [what, value] of Object.entries(expected)) {
    if (got[what] === value) continue;
    throw new IntegrityError(`parts[${index}]: got ${what} ${got[what]}, expected ${value} as in the others`);
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
