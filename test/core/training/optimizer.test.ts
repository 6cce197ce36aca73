/** The optimizers against the textbook's formulas in float64, and what is kept of them in a checkpoint. */
import { describe, expect, it } from 'vitest';
import { type Tensor, tensorOf } from '../../../core/bytes/safetensors.ts';
import { IntegrityError } from '../../../core/errors.ts';
import type { OptimizerName } from '../../../core/kernels/engine.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';
import { MultiLayerNet } from '../../../core/textbook/multi-layer-net.ts';
import { BatchSampler } from '../../../core/training/batch-sampler.ts';
import { DEFAULT_CONFIG, type TrainingConfig } from '../../../core/training/config.ts';
import { decodeState, encodeState, updateRuleAt } from '../../../core/training/optimizer.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import { toMatrix } from '../model/random-network.ts';
import { CLASSES, COLUMNS, tinyDataset } from './digits.ts';

const OPTIMIZERS = ['sgd', 'momentum', 'adagrad', 'adam'] as const;
const BACKENDS = ['reference', 'wasm'] as const;
const train = tinyDataset(60);
const config = (more: Partial<TrainingConfig> = {}): TrainingConfig => ({
  ...DEFAULT_CONFIG,
  layers: [COLUMNS, 5, CLASSES],
  weightInit: { kind: 'xavier' },
  batchSize: 8,
  learningRate: 0.05,
  seed: 3,
  ...more,
});

/** Each optimizer as the textbook's class writes it, in float64: changes `w` by the gradient `g` in step `t`, from 1. */
const TEXTBOOK: Readonly<
  Record<
    OptimizerName,
    (c: TrainingConfig, t: number, w: Float64Array, g: number[], state: number[][]) => void
  >
> = {
  sgd: ({ learningRate: lr }, _t, w, g) => {
    for (let i = 0; i < w.length; i++) w[i]! -= lr * g[i]!;
  },
  momentum: ({ learningRate: lr, momentum }, _t, w, g, [v]) => {
    for (let i = 0; i < w.length; i++) {
      v![i] = momentum * v![i]! - lr * g[i]!;
      w[i]! += v![i]!;
    }
  },
  adagrad: ({ learningRate: lr }, _t, w, g, [h]) => {
    for (let i = 0; i < w.length; i++) {
      h![i]! += g[i]! * g[i]!;
      w[i]! -= (lr * g[i]!) / (Math.sqrt(h![i]!) + 1e-7);
    }
  },
  adam: ({ learningRate: lr, beta1, beta2 }, t, w, g, [m, v]) => {
    const rate = (lr * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
    for (let i = 0; i < w.length; i++) {
      m![i]! += (1 - beta1) * (g[i]! - m![i]!);
      v![i]! += (1 - beta2) * (g[i]! ** 2 - v![i]!);
      w[i]! -= (rate * m![i]!) / (Math.sqrt(v![i]!) + 1e-7);
    }
  },
};

/** Weights and biases after `steps` steps in float64, with the textbook's L2: λ·W is added to the gradient of W. */
function trainInFloat64(run: TrainingConfig, steps: number): number[][] {
  const { layers, activation, output, loss } = run;
  const net = MultiLayerNet.initial({ layers, activation, output, loss }, run.weightInit, run.seed);
  const parameters = net.layers.flatMap(({ W, b }) => [W.data, b]);
  const state = parameters.map(({ length }) => [0, 1].map(() => Array<number>(length).fill(0)));
  const sampler = new BatchSampler(run.sampling, train.x.rows, run.seed);
  const { rows, columns, data } = toMatrix(train.x);
  const samples = { shape: [rows, columns], data: Float32Array.from(data) };
  const batch = new Uint32Array(run.batchSize);
  for (let step = 0; step < steps; step++) {
    sampler.fill(batch, step);
    const labels = Uint8Array.from(batch, (row) => train.labels[row]!);
    const gradients = net
      .gradient(Matrix.batch(samples, batch), labels)
      .flatMap(({ W, b }, index) => [
        [...W.data].map((g, i) => g + run.weightDecay * net.layers[index]!.W.data[i]!),
        [...b],
      ]);
    parameters.forEach((w, index) => {
      TEXTBOOK[run.optimizer](run, step + 1, w, gradients[index]!, state[index]!);
    });
  }
  return parameters.map((values) => [...values]);
}

const norm = (values: readonly number[]) => Math.hypot(...values);

describe.each(OPTIMIZERS)('%s', (optimizer) => {
  describe.each(BACKENDS)('on %s', (backend) => {
    it.each([
      ['without weight decay', {}],
      ['with weight decay', { weightDecay: 0.1 }],
      ['with other factors', { momentum: 0.3, beta1: 0.5, beta2: 0.75 }],
      ['with factors of 0', { momentum: 0, beta1: 0 }],
      ['on ReLU and regression', { activation: 'relu', output: 'identity', loss: 'meanSquaredError' }],
    ] as const)('takes the first 12 steps of the textbook in float64, within 1e-5, %s', (_name, more) => {
      const run = config({ optimizer, backend, ...more });
      const trainer = new Trainer(run, train);
      trainer.advance(12);
      const actual = trainer.network.layers.flatMap(({ weights, bias }) => [[...weights], [...bias]]);
      trainInFloat64(run, 12).forEach((expected, index) => {
        const difference = norm(actual[index]!.map((value, i) => value - expected[i]!));
        expect(difference).toBeLessThanOrEqual(1e-5 * norm(expected));
      });
    });
  });
});

describe('updateRuleAt', () => {
  it("corrects Adam's bias in the rate: the first step is about the learning rate long", () => {
    const { rate, factor1, factor2 } = updateRuleAt(config({ optimizer: 'adam' }), 0, 60);
    expect(rate).toBeCloseTo((0.05 * Math.sqrt(0.001)) / 0.1, 15);
    expect([factor1, factor2]).toEqual([1 - 0.9, 1 - 0.999]);
    expect(updateRuleAt(config({ optimizer: 'adam' }), 99_999_998, 60).rate).toBe(0.05);
  });

  it('follows the schedule', () => {
    const learningRateSchedule = { kind: 'constant', warmupEpochs: 1 } as const;
    for (const optimizer of ['sgd', 'momentum', 'adagrad'] as const) {
      const run = config({ optimizer, learningRateSchedule });
      expect([0, 6].map((step) => updateRuleAt(run, step, 60).rate)).toEqual([0.05 / 7, 0.05]);
    }
  });
});

/** State after some training. */
const stateOf = (optimizer: OptimizerName): Map<string, Tensor> => {
  const trainer = new Trainer(config({ optimizer }), train);
  trainer.advance(5);
  return trainer.checkpoint('').optimizerState;
};
const SIZES = [COLUMNS, 5, CLASSES];

describe('state', () => {
  it.each([
    ['sgd', []],
    ['momentum', ['v.W1', 'v.b1', 'v.W2', 'v.b2']],
    ['adagrad', ['h.W1', 'h.b1', 'h.W2', 'h.b2']],
    ['adam', ['m.W1', 'm.b1', 'm.W2', 'm.b2', 'v.W1', 'v.b1', 'v.W2', 'v.b2']],
  ] as const)('of %s is named after the formulas and shaped like the parameters', (optimizer, names) => {
    const state = stateOf(optimizer);
    expect([...state.keys()]).toEqual(names);
    const shapes: Record<string, number[]> = { W1: [COLUMNS, 5], b1: [5], W2: [5, CLASSES], b2: [CLASSES] };
    for (const [name, { dtype, shape }] of state) {
      expect({ dtype, shape }).toEqual({ dtype: 'F32', shape: shapes[name.split('.')[1]!] });
    }
  });

  it.each(OPTIMIZERS)('of %s comes back as it was', (optimizer) => {
    const state = stateOf(optimizer);
    expect(encodeState(optimizer, SIZES, decodeState(optimizer, SIZES, state))).toEqual(state);
  });
});

describe('decodeState', () => {
  const bias = (...values: number[]) => tensorOf(Float32Array.from(values), [CLASSES]);
  /** Decodes the state with one tensor changed, or without it. */
  const decodeWith = (optimizer: OptimizerName, name: string, tensor?: Tensor) => () => {
    const state = new Map(stateOf(optimizer));
    if (tensor === undefined) state.delete(name);
    else state.set(name, tensor);
    return decodeState(optimizer, SIZES, state);
  };

  it.each<[string, OptimizerName, string, Tensor | undefined, RegExp]>([
    ['a missing tensor', 'adam', 'v.b2', undefined, /adam state v\.b2: got none, expected \[3\]/],
    [
      'another shape',
      'adam',
      'm.b2',
      tensorOf(new Float32Array(3), [1, 3]),
      /m\.b2: got \[1, 3\], expected \[3\]/,
    ],
    ['another type', 'momentum', 'v.b2', tensorOf(new Uint8Array(3), [3]), /"v\.b2": dtype U8, expected F32/],
    ['NaN', 'momentum', 'v.b2', bias(0, Number.NaN, 0), /momentum state v\.b2\[1\] is NaN/],
    ['infinity', 'adam', 'm.b2', bias(0, 0, Number.NEGATIVE_INFINITY), /adam state m\.b2\[2\] is -Infinity/],
    ['a negative sum of squares', 'adagrad', 'h.b2', bias(-1, 0, 0), /adagrad state h\.b2\[0\] is -1/],
    ['a negative mean of squares', 'adam', 'v.b2', bias(0, -1e-30, 0), /adam state v\.b2\[1\] is -1/],
  ])('refuses %s', (_what, optimizer, name, tensor, message) => {
    expect(decodeWith(optimizer, name, tensor)).toThrow(IntegrityError);
    expect(decodeWith(optimizer, name, tensor)).toThrow(message);
  });

  it.each<[string, OptimizerName, number[], OptimizerName, RegExp]>([
    [
      "another optimizer's",
      'momentum',
      SIZES,
      'adagrad',
      /momentum state v\.W1: got none, expected \[12, 5\]/,
    ],
    ["more than the optimizer's", 'sgd', SIZES, 'momentum', /sgd keeps no state v\.W1, v\.b1, v\.W2, v\.b2$/],
    [
      "another network's",
      'momentum',
      [COLUMNS, 4, CLASSES],
      'momentum',
      /v\.W1: got \[12, 5\], expected \[12, 4\]/,
    ],
    ["a deeper network's", 'momentum', [COLUMNS, 5], 'momentum', /keeps no state v\.W2, v\.b2/],
  ])('refuses %s', (_what, optimizer, sizes, from, message) => {
    expect(() => decodeState(optimizer, sizes, stateOf(from))).toThrow(message);
  });

  it("takes momentum's velocity and Adam's mean below 0", () => {
    expect(decodeWith('momentum', 'v.b2', bias(-1, 0, 0))).not.toThrow();
    expect(decodeWith('adam', 'm.b2', bias(-1, 0, 0))).not.toThrow();
  });
});
