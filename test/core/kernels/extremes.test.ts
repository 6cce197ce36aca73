/** The kernels against the reference, bit for bit, where vectors, tiles and groups are ragged and values extreme. */
import { describe, expect, it } from 'vitest';
import type { Backend, OptimizerName } from '../../../core/kernels/engine.ts';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import { WasmBackend } from '../../../core/kernels/wasm-backend.ts';
import type { ActivationName, Architecture, DenseLayer } from '../../../core/network/architecture.ts';
import { fillNormal } from '../../../core/random/streams.ts';
import type { InputRows } from '../../../core/rows/input-rows.ts';
import type { SparseRows } from '../../../core/rows/sparse-rows.ts';

const SIZES = [1, 3, 4, 5, 8, 31, 784];
const ROWS = 9;
const BATCHES = [1, 3, 4, 5, 8, 31].map((length) => Uint32Array.from({ length }, (_, n) => (n * 4) % ROWS));
const ACTIVATIONS: readonly ActivationName[] = ['sigmoid', 'relu', 'step', 'identity'];
const OPTIMIZERS: readonly OptimizerName[] = ['sgd', 'momentum', 'adagrad', 'adam'];
const kernels = new WasmBackend();

function normal(length: number, scale: number, stream: number): Float32Array {
  const out = new Float32Array(length);
  fillNormal(out, scale, 9, 94, stream);
  return out;
}

function layersOf(sizes: readonly number[], scale: number): DenseLayer[] {
  return sizes.slice(1).map((outputs, index) => ({
    weights: normal(sizes[index]! * outputs, scale, 2 * index),
    bias: normal(outputs, scale, 2 * index + 1),
  }));
}

/** Rows whose every input is there, with values of the given size. */
function denseRows(columns: number, scale: number): SparseRows {
  return {
    rows: ROWS,
    columns,
    pointers: Uint32Array.from({ length: ROWS + 1 }, (_, row) => row * columns),
    indices: Uint32Array.from({ length: ROWS * columns }, (_, k) => k % columns),
    values: normal(ROWS * columns, scale, 50).map((value) => value || scale),
  };
}
const pixelRows = (columns: number, pixelAt: (at: number) => number): InputRows => ({
  rows: ROWS,
  columns,
  pixels: Uint8Array.from({ length: ROWS * columns }, (_, at) => pixelAt(at)),
});

interface Extreme {
  name: string;
  x: (columns: number) => InputRows;
  weights: number;
}
const EXTREMES: Extreme[] = [
  { name: 'all bytes zero', x: (columns) => pixelRows(columns, () => 0), weights: 1 },
  { name: 'no byte zero', x: (columns) => pixelRows(columns, (at) => 1 + (at % 255)), weights: 0.1 },
  { name: 'all bytes 255', x: (columns) => pixelRows(columns, () => 255), weights: 0.1 },
  {
    name: 'only last bytes',
    x: (columns) => pixelRows(columns, (at) => ((at + 1) % columns === 0 ? 7 : 0)),
    weights: 1,
  },
  {
    name: 'all entries zero',
    x: (columns) => ({ ...denseRows(columns, 1), pointers: new Uint32Array(ROWS + 1) }),
    weights: 1,
  },
  { name: 'no entry zero', x: (columns) => denseRows(columns, 1), weights: 0.1 },
  { name: 'denormal inputs', x: (columns) => denseRows(columns, 1e-41), weights: 1 },
  { name: 'denormal weights', x: (columns) => denseRows(columns, 1), weights: 1e-41 },
  { name: 'denormal products', x: (columns) => denseRows(columns, 1e-20), weights: 1e-20 },
  { name: 'large sums', x: (columns) => denseRows(columns, 1e15), weights: 1e15 },
  { name: 'infinite sums', x: (columns) => denseRows(columns, 1e25), weights: 1e25 },
];

/** Everything an engine says of a network, in batches of every size. */
function trace(
  backend: Backend,
  architecture: Architecture,
  { x, weights }: Extreme,
  kind: OptimizerName,
): ArrayLike<number>[] {
  const data = {
    x: x(architecture.layers[0]!),
    labels: Uint8Array.from({ length: ROWS }, (_, row) => row % 3),
  };
  const engine = backend.createEngine(architecture, layersOf(architecture.layers, weights));
  const rule = { kind, rate: 0.05, weightDecay: 0.01, factor1: 0.1, factor2: 0.001 };
  const seen: ArrayLike<number>[] = [];
  for (const batch of BATCHES) {
    seen.push(engine.forward(data.x, batch).slice());
    const { loss, gradients } = engine.gradients(data, batch);
    seen.push([loss], ...gradients.flatMap((layer) => [layer.weights, layer.bias]));
    seen.push([engine.step(data, batch, rule, true)]);
  }
  seen.push(
    ...[engine.layers(), ...engine.state(kind)].flat().flatMap((layer) => [layer.weights, layer.bias]),
  );
  return seen;
}

/** Where the traces differ first; NaN is like NaN. */
function firstDifference(a: ArrayLike<number>[], b: ArrayLike<number>[]): string {
  for (const [index, values] of a.entries()) {
    const others = b[index]!;
    if (values.length !== others.length) return `${index}: length ${values.length}, ${others.length}`;
    for (let k = 0; k < values.length; k++) {
      if (!Object.is(values[k], others[k])) return `${index}[${k}]: ${values[k]}, ${others[k]}`;
    }
  }
  return 'none';
}

describe.each(EXTREMES.map((extreme, turn) => ({ ...extreme, turn })))('$name', ({ turn, ...extreme }) => {
  // Two of the hidden sizes in turn, so that together all go with all.
  const shapes = SIZES.flatMap((inputs, index) => [
    [inputs, SIZES[(index + turn) % SIZES.length]!, 3],
    [inputs, SIZES[(index + turn + 3) % SIZES.length]!, 5, 3],
  ]);
  it.each(shapes.map((layers, index) => [layers, index] as const))('%j', (layers, index) => {
    const activation = ACTIVATIONS[(index + turn) % 4]!;
    const architecture: Architecture =
      (index + turn) % 3 > 0
        ? { layers, activation, output: 'softmax', loss: 'crossEntropy' }
        : { layers, activation, output: 'identity', loss: 'meanSquaredError' };
    const optimizer = OPTIMIZERS[(index + 2 * turn) % 4]!;
    const expected = trace(referenceBackend, architecture, extreme, optimizer);
    const actual = trace(kernels, architecture, extreme, optimizer);
    const difference = firstDifference(actual, expected);
    expect({ architecture, optimizer, difference }).toMatchObject({ difference: 'none' });
  });
});

describe('gradients that overflow on the way back', () => {
  it('are not finite at the same places', () => {
    const layers = [3, 5, 5, 5, 5, 5, 3];
    const architecture: Architecture = {
      layers,
      activation: 'identity',
      output: 'identity',
      loss: 'meanSquaredError',
    };
    const huge = layers.slice(1).map((outputs, index) => ({
      weights: new Float32Array(layers[index]! * outputs).fill(1e25),
      bias: new Float32Array(outputs),
    }));
    // Nothing goes in, so that all outputs are 0.
    const data = { x: { rows: 1, columns: 3, pixels: new Uint8Array(3) }, labels: Uint8Array.of(1) };
    const [expected, actual] = [referenceBackend, kernels].map((backend) => {
      const { loss, gradients } = backend.createEngine(architecture, huge).gradients(data, Uint32Array.of(0));
      expect(loss).toBe(0.5);
      return gradients.map(({ bias }) =>
        [...bias].map((value) => (Number.isFinite(value) ? value : 'overflow')),
      );
    });
    expect(expected!.flat().filter((value) => value === 'overflow')).toHaveLength(20);
    expect(actual).toEqual(expected);
  });
});
