/** The network of chapter 7: convolution, ReLU, pooling, affine, ReLU, affine, softmax. */
import { numericalGradient } from '../math/numerical-gradient.ts';
import { fillNormal, PURPOSE } from '../random/streams.ts';
import { relu, softmax } from './activations.ts';
import { Convolution } from './convolution.ts';
import { FeatureMaps, type MapShape } from './feature-maps.ts';
import type { Window } from './im2col.ts';
import { accuracy, softmaxCrossEntropy, type Targets, targetRows } from './losses.ts';
import { Matrix } from './matrix.ts';
import { Pooling } from './pooling.ts';

export interface SimpleConvParameters {
  /** [channels · filter height · filter width, filters] */
  W1: Matrix;
  /** [filters] */
  b1: Float64Array;
  /** [filters · pooled rows · pooled columns, hidden] */
  W2: Matrix;
  /** [hidden] */
  b2: Float64Array;
  /** [hidden, outputs] */
  W3: Matrix;
  /** [outputs] */
  b3: Float64Array;
}

const derivativeOfRelu = (y: number): number => (y > 0 ? 1 : 0);

export class SimpleConvNet {
  readonly params: SimpleConvParameters;
  readonly inputShape: MapShape;
  readonly #convolution: Convolution;
  readonly #pooling = new Pooling({ height: 2, width: 2, stride: 2 });

  /**
   * Weights from N(0, weightInitStd²), biases 0. The book's own: 30 filters of 5×5, 100 hidden, 10 outputs, of
   * pictures of 1×28×28.
   *
   * @param options.weightInitStd standard deviation of the initial weights
   * @throws RangeError when filters or pools don't fit the pictures
   */
  constructor(
    inputShape: MapShape,
    filters: Window & { count: number },
    hiddenSize: number,
    outputSize: number,
    { weightInitStd = 0.01, seed = 0 } = {},
  ) {
    const { count, ...window } = filters;
    const normal = (layer: number, rows: number, columns: number): Matrix => {
      const weights = new Float32Array(rows * columns);
      fillNormal(weights, weightInitStd, seed, PURPOSE.weights, layer);
      return new Matrix(rows, columns, Float64Array.from(weights));
    };
    const W1 = normal(0, inputShape[0] * window.height * window.width, count);
    const b1 = new Float64Array(count);
    this.inputShape = inputShape;
    this.#convolution = new Convolution({ W: W1, b: b1 }, window);
    const [channels, rows, columns] = this.#pooling.outputShape(this.#convolution.outputShape(inputShape));
    this.params = {
      W1,
      b1,
      W2: normal(1, channels * rows * columns, hiddenSize),
      b2: new Float64Array(hiddenSize),
      W3: normal(2, hiddenSize, outputSize),
      b3: new Float64Array(outputSize),
    };
  }

  /** @param x [rows, channels · height · width] @returns probabilities, [rows, outputs] */
  predict(x: Matrix): Matrix {
    return this.#forward(x).a3.mapRows(softmax);
  }

  /** Mean cross entropy. @param t one-hot rows or labels */
  loss(x: Matrix, t: Targets): number {
    return softmaxCrossEntropy(this.#forward(x).a3, t);
  }

  accuracy(x: Matrix, t: Targets): number {
    return accuracy(this.predict(x), t);
  }

  /** Gradient of the loss by backpropagation. */
  gradient(x: Matrix, t: Targets): SimpleConvParameters {
    const { W2, W3 } = this.params;
    const { pictures, z1, pooled, z2, a3 } = this.#forward(x);
    const y = a3.mapRows(softmax);
    const d3 = y.minus(targetRows(t, y.rows, y.columns)).map((value) => value / x.rows);
    const d2 = d3.dot(W3.transpose()).times(z2.map(derivativeOfRelu));
    const dPooled = FeatureMaps.ofRows(d2.dot(W2.transpose()), pooled.shape);
    const dz1 = this.#pooling.backward(z1, dPooled);
    const d1 = new FeatureMaps(
      z1.count,
      z1.shape,
      dz1.data.map((value, i) => value * derivativeOfRelu(z1.data[i]!)),
    );
    const { filters } = this.#convolution.backward(pictures, d1);
    return {
      W1: filters.W,
      b1: filters.b,
      W2: pooled.flatten().transpose().dot(d2),
      b2: d2.sumRows(),
      W3: z2.transpose().dot(d3),
      b3: d3.sumRows(),
    };
  }

  /** Gradient of the loss by central differences: two losses per parameter, so very slow. */
  numericalGradient(x: Matrix, t: Targets): SimpleConvParameters {
    const { W1, b1, W2, b2, W3, b3 } = this.params;
    const loss = () => this.loss(x, t);
    const ofMatrix = (W: Matrix) => new Matrix(W.rows, W.columns, numericalGradient(loss, W.data));
    return {
      W1: ofMatrix(W1),
      b1: numericalGradient(loss, b1),
      W2: ofMatrix(W2),
      b2: numericalGradient(loss, b2),
      W3: ofMatrix(W3),
      b3: numericalGradient(loss, b3),
    };
  }

  /** One step of gradient descent: p = p - learningRate·g for every parameter. */
  update(gradient: SimpleConvParameters, learningRate: number): void {
    const pairs = [
      [this.params.W1.data, gradient.W1.data],
      [this.params.b1, gradient.b1],
      [this.params.W2.data, gradient.W2.data],
      [this.params.b2, gradient.b2],
      [this.params.W3.data, gradient.W3.data],
      [this.params.b3, gradient.b3],
    ] as const;
    for (const [parameter, g] of pairs) {
      for (let i = 0; i < parameter.length; i++) parameter[i]! -= learningRate * g[i]!;
    }
  }

  #forward(x: Matrix) {
    const { W2, b2, W3, b3 } = this.params;
    const pictures = FeatureMaps.ofRows(x, this.inputShape);
    const z1 = this.#convolution.forward(pictures).map(relu);
    const pooled = this.#pooling.forward(z1);
    const z2 = pooled.flatten().dot(W2).addRow(b2).map(relu);
    const a3 = z2.dot(W3).addRow(b3);
    return { pictures, z1, pooled, z2, a3 };
  }
}
