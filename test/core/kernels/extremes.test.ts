/** The kernels against the reference, bit for bit, where vectors, tiles and groups are ragged and values extreme. */
import { describe, expect, it } from 'vitest';
import type { OptimizerName } from '../../../core/kernels/engine.ts';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import { WasmBackend } from '../../../core/kernels/wasm-backend.ts';
import type { ActivationName } from '../../../core/network/architecture.ts';
import type { InputRows } from '../../../core/rows/input-rows.ts';
import type { SparseRows } from '../../../core/rows/sparse-rows.ts';
import { isProof } from '../../support/needs.ts';
import { classifier, regression } from '../architectures.ts';
import { firstDifference, normal, normalLayers, trace } from './trace.ts';

const SIZES = [1, 3, 4, 5, 8, 31, 784];
const ROWS = 9;
const BATCHES = [1, 3, 4, 5, 8, 31].map((length) => Uint32Array.from({ length }, (_, n) => (n * 4) % ROWS));
const ACTIVATIONS: readonly ActivationName[] = ['sigmoid', 'relu', 'step', 'identity'];
const OPTIMIZERS: readonly OptimizerName[] = ['sgd', 'momentum', 'adagrad', 'adam'];
const kernels = new WasmBackend();

/** Rows whose every input is there, with values of the given size. */
function denseRows(columns: number, scale: number): SparseRows {
  return {
    rows: ROWS,
    columns,
    pointers: Uint32Array.from({ length: ROWS + 1 }, (_, row) => row * columns),
    indices: Uint32Array.from({ length: ROWS * columns }, (_, k) => k % columns),
    values: normal(ROWS * columns, scale, 9, 50).map((value) => value || scale),
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

describe.each(EXTREMES.map((extreme, turn) => ({ ...extreme, turn })))('$name', ({ turn, x, weights }) => {
  // Two of the hidden sizes in turn, so that together all go with all.
  const shapes = SIZES.flatMap((inputs, index) => [
    [inputs, SIZES[(index + turn) % SIZES.length]!, 3],
    [inputs, SIZES[(index + turn + 3) % SIZES.length]!, 5, 3],
  ]).filter(([inputs, outputs]) => isProof || inputs! * outputs! < 100_000);
  it.each(shapes.map((layers, index) => [layers, index] as const))('%j', (layers, index) => {
    const activation = ACTIVATIONS[(index + turn) % 4]!;
    const architecture = ((index + turn) % 3 > 0 ? classifier : regression)(layers, activation);
    const kind = OPTIMIZERS[(index + 2 * turn) % 4]!;
    const rule = { kind, rate: 0.05, weightDecay: 0.01, factor1: 0.1, factor2: 0.001 };
    const data = { x: x(layers[0]!), labels: Uint8Array.from({ length: ROWS }, (_, row) => row % 3) };
    const [actual, expected] = [kernels, referenceBackend].map((backend) =>
      trace(backend, architecture, normalLayers(layers, weights, 9), data, BATCHES, rule),
    );
    const difference = firstDifference(actual!, expected!);
    expect({ architecture, kind, difference }).toMatchObject({ difference: 'none' });
  });
});

it('gradients that overflow on the way back are not finite at the same places', () => {
  const layers = [3, 5, 5, 5, 5, 5, 3];
  const huge = layers.slice(1).map((outputs, index) => ({
    weights: new Float32Array(layers[index]! * outputs).fill(1e25),
    bias: new Float32Array(outputs),
  }));
  // Nothing goes in, so that all outputs are 0.
  const data = { x: { rows: 1, columns: 3, pixels: new Uint8Array(3) }, labels: Uint8Array.of(1) };
  const [expected, actual] = [referenceBackend, kernels].map((backend) => {
    const { loss, gradients } = backend
      .createEngine(regression(layers, 'identity'), huge)
      .gradients(data, Uint32Array.of(0));
    expect(loss).toBe(0.5);
    return gradients.map(({ bias }) =>
      [...bias].map((value) => (Number.isFinite(value) ? value : 'overflow')),
    );
  });
  expect(expected!.flat().filter((value) => value === 'overflow')).toHaveLength(20);
  expect(actual).toEqual(expected);
});

it('what is left of one layer is not taken for the unused weights of the next, where it would become NaN', () => {
  const layers = [1, 130, 66, 2];
  // In pairs that cancel each other out going forward, and overflow going back.
  const pairs = Float32Array.from({ length: 130 * 66 }, (_, at) =>
    Math.floor(at / 66) % 2 === 0 ? 1e38 : -1e38,
  );
  const ofOnes = (length: number) => new Float32Array(length).fill(1);
  const parameters = [
    { weights: ofOnes(130), bias: new Float32Array(130) },
    { weights: pairs, bias: new Float32Array(66) },
    { weights: ofOnes(66 * 2), bias: new Float32Array(2) },
  ];
  const data = { x: { rows: 1, columns: 1, pixels: Uint8Array.of(255) }, targets: new Float32Array(2) };
  const rule = { kind: 'sgd', rate: 0.1, weightDecay: 0, factor1: 0, factor2: 0 } as const;
  const [actual, expected] = [kernels, referenceBackend].map((backend) => {
    const engine = backend.createEngine(regression(layers, 'sigmoid'), parameters);
    for (let step = 0; step < 2; step++) engine.step(data, Uint32Array.of(0), rule, false);
    return engine.layers().flatMap(({ weights, bias }) => [weights, bias]);
  });
  expect(expected![0]![0]).toBe(Number.NEGATIVE_INFINITY);
  expect(firstDifference(actual!, expected!)).toBe('none');
});
