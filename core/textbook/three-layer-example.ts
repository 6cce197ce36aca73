/** The worked example of a forward pass: two inputs, hidden layers of three and two, two outputs. */
import { identity, sigmoid } from './activations.ts';
import { Matrix } from './matrix.ts';

/** W1 [2, 3], b1 [3], W2 [3, 2], b2 [2], W3 [2, 2] and b3 [2]. */
export function initNetwork() {
  return {
    W1: Matrix.of([
      [0.1, 0.3, 0.5],
      [0.2, 0.4, 0.6],
    ]),
    b1: Float64Array.of(0.1, 0.2, 0.3),
    W2: Matrix.of([
      [0.1, 0.4],
      [0.2, 0.5],
      [0.3, 0.6],
    ]),
    b2: Float64Array.of(0.1, 0.2),
    W3: Matrix.of([
      [0.1, 0.3],
      [0.2, 0.4],
    ]),
    b3: Float64Array.of(0.1, 0.2),
  };
}

/**
 * @param x inputs, [2]
 * @returns what every step of the pass gives: a = x·W + b, z = sigmoid(a), y the identity of the last a
 */
export function forward(network: ReturnType<typeof initNetwork>, x: ArrayLike<number>) {
  const a1 = Matrix.of([x]).dot(network.W1).addRow(network.b1);
  const z1 = a1.map(sigmoid);
  const a2 = z1.dot(network.W2).addRow(network.b2);
  const z2 = a2.map(sigmoid);
  const a3 = z2.dot(network.W3).addRow(network.b3);
  const y = a3.map(identity);
  return { a1: a1.row(0), z1: z1.row(0), a2: a2.row(0), z2: z2.row(0), a3: a3.row(0), y: y.row(0) };
}
