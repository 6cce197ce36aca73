/** A network of one hidden layer, every formula written out; `MultiLayerNet` is the same for any number of layers. */
import { numericalGradient } from '../math/numerical-gradient.ts';
import { initialLayers } from '../network/weights.ts';
import { sigmoid, softmax } from './activations.ts';
import { accuracy, softmaxCrossEntropy, type Targets, targetRows } from './losses.ts';
import { Matrix } from './matrix.ts';

export interface TwoLayerParameters {
  /** [inputs, hidden] */
  W1: Matrix;
  /** [hidden] */
  b1: Float64Array;
  /** [hidden, outputs] */
  W2: Matrix;
  /** [outputs] */
  b2: Float64Array;
}

export class TwoLayerNet {
  readonly params: TwoLayerParameters;

  /**
   * Weights from N(0, weightInitStd²), biases 0: the very values a training run of this seed starts from.
   *
   * @param weightInitStd standard deviation of the initial weights
   */
  constructor(
    inputSize: number,
    hiddenSize: number,
    outputSize: number,
    { weightInitStd = 0.01, seed = 0 } = {},
  ) {
    const sizes = [inputSize, hiddenSize, outputSize];
    const [first, second] = initialLayers(sizes, { kind: 'normal', std: weightInitStd }, seed);
    this.params = {
      W1: new Matrix(inputSize, hiddenSize, Float64Array.from(first!.weights)),
      b1: new Float64Array(hiddenSize),
      W2: new Matrix(hiddenSize, outputSize, Float64Array.from(second!.weights)),
      b2: new Float64Array(outputSize),
    };
  }

  /** @param x [rows, inputs] @returns probabilities, [rows, outputs] */
  predict(x: Matrix): Matrix {
    return this.#forward(x).a2.mapRows(softmax);
  }

  /** Mean cross entropy. @param t one-hot rows or labels */
  loss(x: Matrix, t: Targets): number {
    return softmaxCrossEntropy(this.#forward(x).a2, t);
  }

  accuracy(x: Matrix, t: Targets): number {
    return accuracy(this.predict(x), t);
  }

  /** Gradient of the loss by backpropagation. */
  gradient(x: Matrix, t: Targets): TwoLayerParameters {
    const { W2 } = this.params;
    const { z1, a2 } = this.#forward(x);
    const y = a2.mapRows(softmax);
    // ∂L/∂a2 of softmax with cross entropy; the loss is a mean, hence the division.
    const d2 = y.minus(targetRows(t, y.rows, y.columns)).map((value) => value / x.rows);
    // Back through W2, then through the sigmoid: z' = z·(1 - z).
    const d1 = d2.dot(W2.transpose()).times(z1.map((z) => z * (1 - z)));
    return {
      W1: x.transpose().dot(d1),
      b1: d1.sumRows(),
      W2: z1.transpose().dot(d2),
      b2: d2.sumRows(),
    };
  }

  /** Gradient of the loss by central differences: two losses per parameter, so slow. */
  numericalGradient(x: Matrix, t: Targets): TwoLayerParameters {
    const { W1, b1, W2, b2 } = this.params;
    const loss = () => this.loss(x, t);
    return {
      W1: new Matrix(W1.rows, W1.columns, numericalGradient(loss, W1.data)),
      b1: numericalGradient(loss, b1),
      W2: new Matrix(W2.rows, W2.columns, numericalGradient(loss, W2.data)),
      b2: numericalGradient(loss, b2),
    };
  }

  /** One step of gradient descent: p = p - learningRate·g for every parameter. */
  update(gradient: TwoLayerParameters, learningRate: number): void {
    const { W1, b1, W2, b2 } = this.params;
    descend(W1.data, gradient.W1.data, learningRate);
    descend(b1, gradient.b1, learningRate);
    descend(W2.data, gradient.W2.data, learningRate);
    descend(b2, gradient.b2, learningRate);
  }

  #forward(x: Matrix) {
    const { W1, b1, W2, b2 } = this.params;
    const z1 = x.dot(W1).addRow(b1).map(sigmoid);
    const a2 = z1.dot(W2).addRow(b2);
    return { z1, a2 };
  }
}

function descend(parameter: Float64Array, gradient: Float64Array, learningRate: number): void {
  for (let i = 0; i < parameter.length; i++) parameter[i]! -= learningRate * gradient[i]!;
}
