/**
 * A dense network of any number of layers in float64: the form in which backpropagation is checked against central
 * differences, and the yardstick of the float32 `Network`. It also does regression, as its targets may be any numbers.
 */
import { ConfigError } from '../errors.ts';
import { numericalGradient } from '../math/numerical-gradient.ts';
import type { Network } from '../model/network.ts';
import type { ActivationName, Architecture, WeightInit } from '../network/architecture.ts';
import { initialLayers } from '../network/weights.ts';
import { identity, relu, sigmoid, softmax, step } from './activations.ts';
import { accuracy, batchMeanSquaredError, softmaxCrossEntropy, type Targets, targetRows } from './losses.ts';
import { Matrix } from './matrix.ts';

/** One layer's parameters, or their gradients: x·W + b. */
export interface Affine {
  /** [inputs, outputs] */
  W: Matrix;
  /** [outputs] */
  b: Float64Array;
}

/** h and its derivative, expressed through the output a = h(z). */
const ACTIVATIONS: Readonly<
  Record<ActivationName, { h: (z: number) => number; derivative: (a: number) => number }>
> = {
  sigmoid: { h: sigmoid, derivative: (a) => a * (1 - a) },
  relu: { h: relu, derivative: (a) => (a > 0 ? 1 : 0) },
  step: { h: step, derivative: () => 0 },
  identity: { h: identity, derivative: () => 1 },
};

export class MultiLayerNet {
  readonly architecture: Architecture;
  readonly layers: readonly Affine[];

  /**
   * @throws ConfigError when the layers aren't of the architecture's shapes, or output and loss are no pair: softmax
   * goes with crossEntropy and identity with meanSquaredError, because for both ∂L/∂z is y - t
   */
  constructor(architecture: Architecture, layers: readonly Affine[]) {
    const { layers: sizes, output, loss } = architecture;
    if ((output === 'softmax') !== (loss === 'crossEntropy')) {
      throw new ConfigError(
        `loss: got ${loss} for output ${output}, expected crossEntropy for softmax, meanSquaredError for identity`,
      );
    }
    if (layers.length !== sizes.length - 1) {
      throw new ConfigError(`layers: got parameters of ${layers.length}, expected ${sizes.length - 1}`);
    }
    layers.forEach(({ W, b }, index) => {
      const [inputs, outputs] = [sizes[index]!, sizes[index + 1]!];
      if (W.rows !== inputs || W.columns !== outputs || b.length !== outputs) {
        throw new ConfigError(
          `layers[${index}]: got W [${W.rows}, ${W.columns}] and b [${b.length}], ` +
            `expected [${inputs}, ${outputs}] and [${outputs}]`,
        );
      }
    });
    this.architecture = architecture;
    this.layers = layers;
  }

  /** The network a training run of this seed starts from. */
  static initial(architecture: Architecture, init: WeightInit, seed: number): MultiLayerNet {
    return MultiLayerNet.from({
      architecture,
      layers: initialLayers(architecture.layers, init, seed),
    });
  }

  /** A copy of a float32 network: same architecture, same weights. */
  static from({ architecture, layers }: Pick<Network, 'architecture' | 'layers'>): MultiLayerNet {
    const affine = layers.map(({ weights, bias }) => ({
      W: new Matrix(weights.length / bias.length, bias.length, Float64Array.from(weights)),
      b: Float64Array.from(bias),
    }));
    return new MultiLayerNet(architecture, affine);
  }

  /**
   * @param x [rows, inputs]
   * @returns x, the activations of each hidden layer, and last the output layer's z before softmax or identity
   */
  forward(x: Matrix): Matrix[] {
    const { h } = ACTIVATIONS[this.architecture.activation];
    const values = [x];
    this.layers.forEach(({ W, b }, index) => {
      const z = values[index]!.dot(W).addRow(b);
      values.push(index < this.layers.length - 1 ? z.map(h) : z);
    });
    return values;
  }

  /** @param x [rows, inputs] @returns [rows, outputs]; probabilities for softmax */
  predict(x: Matrix): Matrix {
    return this.#output(this.forward(x).at(-1)!);
  }

  /** Mean loss of the batch. @param t rows of the outputs' length, or class labels */
  loss(x: Matrix, t: Targets): number {
    const z = this.forward(x).at(-1)!;
    return this.architecture.loss === 'crossEntropy'
      ? softmaxCrossEntropy(z, t)
      : batchMeanSquaredError(z, t);
  }

  accuracy(x: Matrix, t: Targets): number {
    return accuracy(this.predict(x), t);
  }

  /** Gradient of the loss by backpropagation, one per layer. */
  gradient(x: Matrix, t: Targets): Affine[] {
    const { derivative } = ACTIVATIONS[this.architecture.activation];
    const values = this.forward(x);
    const y = this.#output(values.at(-1)!);
    const gradients: Affine[] = [];
    let delta = y.minus(targetRows(t, y.rows, y.columns)).map((value) => value / y.rows);
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const input = values[index]!;
      gradients.unshift({ W: input.transpose().dot(delta), b: delta.sumRows() });
      if (index > 0) {
        delta = delta.dot(this.layers[index]!.W.transpose()).times(input.map(derivative));
      }
    }
    return gradients;
  }

  /** Gradient of the loss by central differences, one per layer: two losses per parameter, so slow. */
  numericalGradient(x: Matrix, t: Targets): Affine[] {
    const loss = () => this.loss(x, t);
    return this.layers.map(({ W, b }) => ({
      W: new Matrix(W.rows, W.columns, numericalGradient(loss, W.data)),
      b: numericalGradient(loss, b),
    }));
  }

  /** One step of gradient descent: p = p - learningRate·g for every parameter. */
  update(gradients: readonly Affine[], learningRate: number): void {
    this.layers.forEach(({ W, b }, index) => {
      const gradient = gradients[index]!;
      for (let i = 0; i < W.data.length; i++) W.data[i]! -= learningRate * gradient.W.data[i]!;
      for (let j = 0; j < b.length; j++) b[j]! -= learningRate * gradient.b[j]!;
    });
  }

  #output(z: Matrix): Matrix {
    return this.architecture.output === 'softmax' ? z.mapRows(softmax) : z;
  }
}
