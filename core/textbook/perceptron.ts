/** The perceptron: a weighted sum that fires above a threshold. */

/** y = 1 if w·x + b > 0, else 0. */
export type Perceptron = (x: readonly number[]) => 0 | 1;

/**
 * @param weights w, one per input
 * @param bias b: how easily it fires
 * @returns a function that throws RangeError for another number of inputs
 */
export function perceptron(weights: readonly number[], bias: number): Perceptron {
  return (x) => {
    if (x.length !== weights.length) {
      throw new RangeError(`perceptron: got ${x.length} inputs, expected ${weights.length}`);
    }
    const sum = x.reduce((total, value, i) => total + weights[i]! * value, bias);
    return sum > 0 ? 1 : 0;
  };
}

const and = perceptron([0.5, 0.5], -0.7);
const nand = perceptron([-0.5, -0.5], 0.7);
const or = perceptron([0.5, 0.5], -0.2);

export const AND = (x1: number, x2: number): 0 | 1 => and([x1, x2]);
export const NAND = (x1: number, x2: number): 0 | 1 => nand([x1, x2]);
export const OR = (x1: number, x2: number): 0 | 1 => or([x1, x2]);

/** One perceptron's line cannot part XOR's 0s from its 1s; a second layer over NAND and OR can. */
export const XOR = (x1: number, x2: number): 0 | 1 => AND(NAND(x1, x2), OR(x1, x2));
