/** The kernels' e^x, as sigmoid and softmax show it, against exp32 bit for bit over its whole range. */
import { expect, it } from 'vitest';
import type { Backend } from '../../../core/kernels/engine.ts';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import { WasmBackend } from '../../../core/kernels/wasm-backend.ts';
import { EXP32_MAX, EXP32_MIN, exp32 } from '../../../core/math/exp32.ts';
import { fillIntegers } from '../../../core/random/streams.ts';
import type { SparseRows } from '../../../core/rows/sparse-rows.ts';
import { classifier, regression } from '../architectures.ts';
import { firstDifference } from './trace.ts';

const f = Math.fround;
const kernels = new WasmBackend();

const word = new DataView(new ArrayBuffer(4));
/** The float32 that is `steps` floats after x. */
function stepFrom(x: number, steps: number): number {
  word.setFloat32(0, x);
  const bits = word.getInt32(0);
  word.setInt32(0, bits < 0 ? bits - steps : bits + steps);
  return word.getFloat32(0);
}

/** Arguments: evenly over the range and beyond, of every magnitude, and around wherever the method changes. */
function manyArguments(): Float32Array {
  const out: number[] = [];
  const draws = new Uint32Array(150_000);
  fillIntegers(draws, 0xffff_ffff, 3, 95, 0);
  for (const draw of draws.subarray(0, 100_000)) out.push(f((draw / 0xffff_ffff) * 200 - 100));
  for (const draw of draws.subarray(100_000)) {
    word.setUint32(0, draw);
    const any = word.getFloat32(0);
    if (Number.isFinite(any)) out.push(any);
  }
  const turns = Array.from({ length: 260 }, (_, n) => f((n - 130 + 0.5) * Math.LN2));
  const ends = [EXP32_MAX, EXP32_MIN].flatMap((end) => [end, -end]);
  const edges = [0, 1, -1, 17, -17, 3e38, -3e38, 1e-40].concat(ends, turns);
  for (const edge of edges) for (let step = -50; step <= 50; step++) out.push(stepFrom(edge, step));
  return Float32Array.from(out.filter(Number.isFinite));
}

const ARGUMENTS = manyArguments();

/** Rows of `width` values; those that are left over at the end are left out. */
function rowsOf(values: Float32Array, width: number): SparseRows {
  const rows = Math.floor(values.length / width);
  return {
    rows,
    columns: width,
    pointers: Uint32Array.from({ length: rows + 1 }, (_, row) => row * width),
    indices: Uint32Array.from({ length: rows * width }, (_, k) => k % width),
    values: values.subarray(0, rows * width),
  };
}
const all = ({ rows }: SparseRows) => Uint32Array.from({ length: rows }, (_, row) => row);
/** Hidden units that take one input each, and outputs that show one hidden unit each. */
function sigmoidsOf(backend: Backend, x: SparseRows): Float32Array {
  const { columns: width } = x;
  const weights = Float32Array.from({ length: width * width }, (_, at) => (at % (width + 1) === 0 ? 1 : 0));
  const layer = { weights, bias: new Float32Array(width) };
  return backend.createEngine(regression([width, width, width]), [layer, layer]).forward(x, all(x));
}

/** softmax of [0, v] for every row's v. */
function softmaxesOf(backend: Backend, x: SparseRows): Float32Array {
  const layer = { weights: Float32Array.of(0, 1), bias: new Float32Array(2) };
  return backend.createEngine(classifier([1, 2]), [layer]).forward(x, all(x));
}

it('is asked for more than 100,000 arguments, the edges among them', () => {
  expect(ARGUMENTS.length).toBeGreaterThan(150_000);
  for (const edge of [EXP32_MAX, stepFrom(EXP32_MAX, 1), EXP32_MIN, stepFrom(EXP32_MIN, 1)]) {
    expect(ARGUMENTS.includes(edge)).toBe(true);
    expect(ARGUMENTS.includes(-edge)).toBe(true);
  }
});

it.each([16, 5])('in sigmoid is exp32, bit for bit, in rows of %i', (width) => {
  const x = rowsOf(ARGUMENTS, width);
  const expected = x.values.map((v) => f(1 / f(1 + exp32(-v))));
  expect(firstDifference([sigmoidsOf(kernels, x)], [expected])).toBe('none');
  expect(firstDifference([sigmoidsOf(referenceBackend, x)], [expected])).toBe('none');
});

it('in softmax is exp32, bit for bit', () => {
  const x = rowsOf(ARGUMENTS, 1);
  const expected = new Float32Array(2 * x.rows);
  x.values.forEach((v, row) => {
    const [a, b] = v > 0 ? [exp32(-v), 1] : [1, exp32(v)];
    expected.set([a / f(a + b), b / f(a + b)], 2 * row);
  });
  expect(firstDifference([softmaxesOf(kernels, x)], [expected])).toBe('none');
  expect(firstDifference([softmaxesOf(referenceBackend, x)], [expected])).toBe('none');
});

it('itself is what softmax gives below -17, where the other probability is 1: exp32, bit for bit', () => {
  const below = ARGUMENTS.filter((v) => v < -17);
  expect(below.length).toBeGreaterThan(40_000);
  const second = softmaxesOf(kernels, rowsOf(below, 1)).filter((_, at) => at % 2 === 1);
  expect(firstDifference([second], [below.map(exp32)])).toBe('none');
});

it.each([
  [Number.NaN, Number.NaN],
  [Number.POSITIVE_INFINITY, 1],
  [Number.NEGATIVE_INFINITY, 0],
  [-0, 0.5],
])('gives sigmoid of %f, which is %f', (z, expected) => {
  const first = { weights: new Float32Array(5), bias: new Float32Array(5).fill(z) };
  const weights = Float32Array.from({ length: 25 }, (_, at) => (at % 6 === 0 ? 1 : 0));
  const layers = [first, { weights, bias: new Float32Array(5) }];
  const none = {
    rows: 1,
    columns: 1,
    pointers: Uint32Array.of(0, 0),
    indices: new Uint32Array(0),
    values: new Float32Array(0),
  };
  for (const backend of [kernels, referenceBackend]) {
    const outputs = backend.createEngine(regression([1, 5, 5]), layers).forward(none, Uint32Array.of(0));
    expect([...outputs]).toEqual(Array(5).fill(expected));
  }
});

const [INF, NAN] = [Number.POSITIVE_INFINITY, Number.NaN];
it.each([
  [0, NAN, NAN, NAN],
  [NAN, 0, NAN, NAN],
  [INF, 0, NAN, NAN],
  [INF, INF, NAN, NAN],
  [-INF, -INF, NAN, NAN],
  [-INF, 0, 0, 1],
  [3e38, -3e38, 1, 0],
  [3e38, 3e38, 0.5, 0.5],
  [-0, 0, 0.5, 0.5],
  [1e-45, -1e-45, 0.5, 0.5],
])('gives softmax of %f and %f, which is %f and %f', (z1, z2, ...expected) => {
  const layer = { weights: new Float32Array(2), bias: Float32Array.of(z1, z2) };
  const none = { rows: 1, columns: 1, pixels: Uint8Array.of(0) };
  for (const backend of [kernels, referenceBackend]) {
    const outputs = backend.createEngine(classifier([1, 2]), [layer]).forward(none, Uint32Array.of(0));
    expect([...outputs]).toEqual(expected);
  }
});
