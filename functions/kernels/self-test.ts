/** Whether two builds of the kernels give the same bits: networks that reach every tile, and values at all extremes. */
import { type Backend, OPTIMIZERS, type UpdateRule } from '../../core/kernels/engine.ts';
import { WIDEST_TILE } from '../../core/kernels/layout.ts';
import type { ActivationName, Architecture, LayerParameters } from '../../core/network/architecture.ts';
import { describeLayers } from '../../core/network/describe-layers.ts';
import type { LayerSpecs } from '../../core/network/layers.ts';
import { fanIn, fanOut, parametric, planLayers } from '../../core/network/plan.ts';
import type { InputRows } from '../../core/rows/input-rows.ts';

interface Case {
  architecture: Architecture;
  layers: LayerParameters[];
  x: InputRows;
  rule: UpdateRule;
}

/** More than the 64 bytes that the kernels look at together, and than whole vectors. */
const INPUTS = 70;
/** As many inputs, as pictures. */
const PICTURE = [7, 5, 2] as const;
const CLASSES = 3;
const ROWS = 7;
/** Odd and even, so that tiles of two rows are left over and are not. */
const BATCHES = [
  Uint32Array.of(3),
  Uint32Array.from({ length: ROWS }, (_, row) => row),
  Uint32Array.of(5, 0),
];
const LABELS = Uint8Array.from({ length: ROWS }, (_, row) => row % CLASSES);
const TARGETS = noise(ROWS * CLASSES, 99);
/** Zeros of both signs, numbers too small to be normal, and such as make them, infinity or NaN of others. */
const EXTREMES = [0, -0, 1e-45, -1e-41, 1e-20, -1e-20, 1e18, -3e38, 1e30];
const NOT_FINITE = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];

/** Where the backends differ, in words; undefined when they are equal bit for bit. A NaN is like any other. */
export function differenceOf(actual: Backend, expected: Backend): string | undefined {
  for (const one of cases()) {
    const others = trace(expected, one);
    for (const [part, values] of trace(actual, one).entries()) {
      const at = firstDifference(values, others[part]!);
      if (at === -1) continue;
      const { layers, activation } = one.architecture;
      const numbers = `${values[at]} instead of ${others[part]![at]}`;
      return `${numbers} in a network ${describeLayers(layers)} of ${activation}, optimizer ${one.rule.kind}`;
    }
  }
  return undefined;
}

function firstDifference(a: Float32Array, b: Float32Array): number {
  const raw = ({ buffer, byteOffset, byteLength }: Float32Array) =>
    Buffer.from(buffer, byteOffset, byteLength);
  if (raw(a).equals(raw(b))) return -1;
  return a.findIndex((value, index) => !Object.is(value, b[index]));
}

/** Outputs and gradients, and the parameters after a step on each batch. */
function trace(backend: Backend, { architecture, layers, x, rule }: Case): Float32Array[] {
  const engine = backend.createEngine(architecture, layers);
  const isRegression = architecture.loss === 'meanSquaredError';
  const data = isRegression ? { x, targets: TARGETS } : { x, labels: LABELS };
  const outputs = BATCHES.map((batch) => engine.forward(x, batch).slice());
  const { gradients } = engine.gradients(data, BATCHES[1]!);
  for (const batch of BATCHES) engine.step(data, batch, rule, false);
  const parameters = [gradients, engine.layers(), ...engine.state(rule.kind)].flat();
  return [...outputs, ...parameters.flatMap(({ weights, bias }) => [weights, bias])];
}

function* cases(): Generator<Case> {
  // First layers over bytes and listed second ones, whose rows are as many vectors as one tile can have, and as are two.
  const most = WIDEST_TILE + 3;
  for (let vectors = 1; vectors <= most; vectors++) {
    const sizes = [INPUTS, 4 * vectors - (vectors % 3), 4 * (most + 1 - vectors) - (vectors % 2), CLASSES];
    yield caseOf(sizes, 'relu', vectors, true);
  }
  // Dense second layers, of a tile and what may be left over.
  for (let vectors = 1; vectors <= 5; vectors++) {
    yield caseOf([INPUTS, 10 + vectors, 4 * vectors - (vectors % 2), CLASSES], 'sigmoid', vectors, false);
  }
  // Convolutions whose filters are as many vectors, and what comes between them.
  for (const vectors of [1, 2, 3]) {
    const pool = vectors % 2 === 0 ? { maxPool: 2 } : { averagePool: [2, 1] as const };
    const filters = 4 * vectors - (vectors % 2);
    yield caseOf(
      [
        PICTURE,
        { conv: filters, kernel: 3, padding: 'same' },
        pool,
        { conv: 6 - vectors, kernel: [2, 1], stride: vectors % 2 === 0 ? 1 : 2 },
        { dropout: 0.25 },
        vectors + 3,
        CLASSES,
      ],
      vectors % 3 === 0 ? 'sigmoid' : 'relu',
      vectors,
      vectors % 2 === 1,
    );
  }
  for (const [seed, activation] of (['sigmoid', 'relu', 'identity', 'step'] as const).entries()) {
    yield extremeCase(activation, seed, EXTREMES);
    yield extremeCase(activation, seed, NOT_FINITE);
  }
}

function caseOf(layers: LayerSpecs, activation: ActivationName, seed: number, isBytes: boolean): Case {
  const values = noise(ROWS * INPUTS, seed);
  return {
    architecture: { layers, activation, output: 'softmax', loss: 'crossEntropy' },
    layers: parametersOf(layers, seed),
    x: isBytes ? bytesOf(values) : entriesOf(values),
    rule: {
      kind: OPTIMIZERS[seed % OPTIMIZERS.length]!,
      rate: 0.05,
      weightDecay: seed % 3 === 0 ? 1e-3 : 0,
      factor1: 0.1,
      factor2: 0.001,
      noise: { seed, step: seed },
    },
  };
}

/** Every seventh weight and every fifth input is an extreme one. */
function extremeCase(activation: ActivationName, seed: number, extremes: readonly number[]): Case {
  const sizes = [INPUTS, 21, 17, CLASSES];
  const values = noise(ROWS * INPUTS, seed);
  for (let at = 0; at < values.length; at += 5) values[at] = EXTREMES[(at / 5) % EXTREMES.length]!;
  const one = caseOf(sizes, activation, seed, false);
  for (const { weights } of one.layers) {
    for (let at = 3; at < weights.length; at += 7) weights[at] = extremes[at % extremes.length]!;
  }
  const architecture = { ...one.architecture, output: 'identity', loss: 'meanSquaredError' } as const;
  return { ...one, architecture, x: entriesOf(values) };
}

const parametersOf = (layers: LayerSpecs, seed: number): LayerParameters[] =>
  parametric(planLayers(layers, 'identity')).map((layer, index) => ({
    weights: noise(fanIn(layer) * fanOut(layer), seed + 100 * index),
    bias: noise(fanOut(layer), seed + 100 * index + 50),
  }));

/** Numbers between -0.5 and 0.5 without a pattern, quickly. */
function noise(length: number, seed: number): Float32Array {
  const out = new Float32Array(length);
  let state = seed + 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    out[at] = state / 2 ** 32;
  }
  return out;
}

/** Half of them zero. */
const bytesOf = (values: Float32Array): InputRows => ({
  rows: ROWS,
  columns: INPUTS,
  pixels: Uint8Array.from(values, (value) => Math.max(0, Math.ceil(value * 510))),
});

/** What is not zero in each row. */
function entriesOf(values: Float32Array): InputRows {
  const pointers = new Uint32Array(ROWS + 1);
  const kept: number[] = [];
  for (let at = 0; at < values.length; at++) {
    if (values[at] !== 0) kept.push(at);
    if ((at + 1) % INPUTS === 0) pointers[(at + 1) / INPUTS] = kept.length;
  }
  return {
    rows: ROWS,
    columns: INPUTS,
    pointers,
    indices: Uint32Array.from(kept, (at) => at % INPUTS),
    values: Float32Array.from(kept, (at) => values[at]!),
  };
}
