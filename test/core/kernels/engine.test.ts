/** What every engine promises, whatever it runs on; and what the kernels' engines do with memory. */
import { describe, expect, it } from 'vitest';
import { backendNamed } from '../../../core/kernels/default-backend.ts';
import type { Engine, OptimizerName, UpdateRule } from '../../../core/kernels/engine.ts';
import { KernelMemory } from '../../../core/kernels/memory.ts';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import type { LayerParameters } from '../../../core/network/architecture.ts';
import { initialLayers } from '../../../core/network/weights.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import type { LabelledRows, TrainingRows } from '../../../core/rows/training-rows.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { classifier, regression } from '../architectures.ts';
import { kernelsIn } from './kernel-engine.ts';

const OPTIMIZERS = ['sgd', 'momentum', 'adagrad', 'adam'] as const;
const SIZES = [20, 17, 5];
const ARCHITECTURE = classifier(SIZES, 'relu');
const layers = (seed = 1): LayerParameters[] => initialLayers(SIZES, { kind: 'he' }, seed);
const pixels = (rows: number) => Uint8Array.from({ length: rows * SIZES[0]! }, (_, at) => (at * 37) % 256);
const bytes = (rows: number): LabelledRows => ({
  x: { rows, columns: SIZES[0]!, pixels: pixels(rows) },
  labels: Uint8Array.from({ length: rows }, (_, row) => row % 5),
});
const entries = (rows: number): LabelledRows => ({
  x: sparseFromPixels([pixels(rows)], SIZES[0]!),
  labels: bytes(rows).labels,
});
const rule = (kind: OptimizerName): UpdateRule => ({
  kind,
  rate: 0.01,
  weightDecay: 0,
  factor1: 0.1,
  factor2: 0.001,
});
const all = (rows: number) => Uint32Array.from({ length: rows }, (_, row) => row);

describe.each(['reference', 'wasm'] as const)('an engine of %s', (name) => {
  const create = () => backendNamed(name).createEngine(ARCHITECTURE, layers());
  const none = new Uint32Array(0);

  it.each([
    ['bytes', bytes(9)],
    ['entries', entries(9)],
  ])('answers no rows of %s with no outputs, and refuses to train on none', (_kind, data) => {
    const engine = create();
    expect(engine.forward(data.x, none)).toHaveLength(0);
    for (const kind of OPTIMIZERS) {
      expect(() => engine.step(data, none, { ...rule(kind), weightDecay: 0.5 }, true)).toThrow(
        new RangeError('batch: got no rows, expected at least one'),
      );
    }
    expect(() => engine.gradients(data, none)).toThrow(RangeError);
    expect(engine.layers()).toEqual(layers());
  });

  it.each<[string, (engine: Engine, data: LabelledRows) => unknown, string]>([
    [
      'a row that there is not',
      (engine, { x }) => engine.forward(x, Uint32Array.of(3, 9)),
      'batch[1]: got 9, expected below 9, the rows of x',
    ],
    [
      'such a row in training',
      (engine, data) => engine.step(data, Uint32Array.of(9), rule('sgd'), false),
      'batch[0]: got 9, expected below 9, the rows of x',
    ],
    [
      'another number of inputs',
      (engine) => engine.forward({ rows: 1, columns: 21, pixels: new Uint8Array(21) }, Uint32Array.of(0)),
      "x: got 21 columns, expected 20, the network's inputs",
    ],
    [
      'a label beyond the outputs',
      (engine, { x }) => engine.gradients({ x, labels: new Uint8Array(9).fill(5) }, Uint32Array.of(2)),
      "labels[2]: got 5, expected below 5, the network's classes",
    ],
    [
      'a row without label',
      (engine, { x }) => engine.gradients({ x, labels: new Uint8Array(2) }, Uint32Array.of(2)),
      "labels[2]: got none, expected below 5, the network's classes",
    ],
  ])('refuses %s, and goes on as if nothing had been asked', (_what, call, message) => {
    for (const data of [bytes(9), entries(9)]) {
      const engine = create();
      const other = create();
      expect(() => call(engine, data)).toThrow(new RangeError(message));
      for (const each of [engine, other]) each.step(data, all(9), rule('momentum'), false);
      expect(engine.layers()).toEqual(other.layers());
    }
  });

  it.each<[string, typeof classifier, Float32Array, string]>([
    [
      'targets for softmax',
      classifier,
      new Float32Array(45),
      'targets: got them with the loss crossEntropy, expected meanSquaredError',
    ],
    [
      'targets of other outputs',
      regression,
      new Float32Array(9),
      "targets: got 9, expected 45, the network's 5 outputs per row of x",
    ],
    [
      'a target that is no number',
      regression,
      new Float32Array(45).fill(Number.NaN, 13, 14),
      'targets[2, 3]: got NaN, expected a finite number',
    ],
  ])('refuses %s, and changes nothing', (_what, kind, targets, message) => {
    const engine = backendNamed(name).createEngine(kind(SIZES, 'relu'), layers());
    const step = () => engine.step({ x: bytes(9).x, targets }, Uint32Array.of(0, 2), rule('sgd'), true);
    expect(step).toThrow(new RangeError(message));
    expect(engine.layers()).toEqual(layers());
  });

  it('learns classes and real numbers in turns as engines do that learn one of them', () => {
    const architecture = regression(SIZES, 'relu');
    const classes = bytes(9);
    const numbers = { x: classes.x, targets: Float32Array.from({ length: 45 }, (_, at) => (at % 7) / 3 - 1) };
    const gradientsOf = (data: TrainingRows) =>
      backendNamed(name).createEngine(architecture, layers()).gradients(data, all(9));
    const engine = backendNamed(name).createEngine(architecture, layers());
    for (const data of [classes, numbers, classes, numbers]) {
      expect(engine.gradients(data, all(9))).toEqual(gradientsOf(data));
    }
  });

  it('takes an update back when an output is not finite', () => {
    const [first, last] = layers();
    const broken = [first!, { weights: last!.weights, bias: new Float32Array(5).fill(Number.NaN) }];
    const engine = backendNamed(name).createEngine(ARCHITECTURE, broken);
    expect(engine.step(bytes(9), all(9), rule('sgd'), false)).toBeNaN();
    expect(engine.layers()).toEqual(broken);
  });

  it('gives as many sets of state as the optimizer keeps, at first zero', () => {
    for (const [kind, sets] of [
      ['sgd', 0],
      ['momentum', 1],
      ['adagrad', 1],
      ['adam', 2],
    ] as const) {
      const state = create().state(kind);
      expect(state).toHaveLength(sets);
      for (const { weights, bias } of state.flat()) {
        expect(weights.every((value) => value === 0) && bias.every((value) => value === 0)).toBe(true);
      }
    }
    const engine = create();
    engine.step(bytes(9), all(9), rule('adam'), false);
    expect(engine.state('momentum')).toEqual(engine.state('adam').slice(0, 1));
  });

  it('gives copies, and keeps copies', () => {
    const own = layers();
    const engine = backendNamed(name).createEngine(ARCHITECTURE, own);
    own[0]!.weights.fill(7);
    engine.layers()[0]!.weights.fill(8);
    expect(engine.layers()).toEqual(layers());
    const state = [layers(2)];
    engine.restoreState(state);
    state[0]![0]!.bias.fill(9);
    engine.state('momentum')[0]![1]!.weights.fill(9);
    expect(engine.state('momentum')).toEqual([layers(2)]);
  });
});

describe("the kernels' memory", () => {
  const sizeOf = (memory: KernelMemory) => memory.memory.buffer.byteLength;

  it.each(OPTIMIZERS)('does not grow in 2,000 steps of %s, with evaluations between', (kind) => {
    const memory = new KernelMemory(false);
    const { rows, createEngine } = kernelsIn(memory);
    const placed = bytes(60);
    rows.place(placed.x);
    const [brought, sparse] = [bytes(60), entries(60)];
    const engine = createEngine(ARCHITECTURE, layers());
    const turn = (steps: number) => {
      for (let step = 0; step < steps; step++) {
        const data = [placed, brought, sparse][step % 3]!;
        const batch = Uint32Array.from({ length: 1 + (step % 50) }, (_, n) => (step + n) % 60);
        engine.step(data, batch, rule(kind), step % 10 === 0);
        if (step % 100 === 0) engine.forward(data.x, all(60));
        if (step % 500 === 0) engine.gradients(data, batch);
      }
    };
    turn(300);
    const size = sizeOf(memory);
    turn(2000);
    expect(sizeOf(memory)).toBe(size);
  });

  it('does not grow much when batches grow slowly', () => {
    const [slow, atOnce] = [new KernelMemory(false), new KernelMemory(false)];
    const data = bytes(256);
    const run = (memory: KernelMemory, sizes: number[]) => {
      const { rows, createEngine } = kernelsIn(memory);
      rows.place(data.x);
      const engine = createEngine(
        { ...ARCHITECTURE, layers: [20, 300, 5] },
        initialLayers([20, 300, 5], { kind: 'he' }, 1),
      );
      for (const size of sizes) {
        engine.forward(data.x, all(size));
        engine.step(data, all(size), rule('sgd'), false);
      }
    };
    run(atOnce, [256]);
    run(
      slow,
      Array.from({ length: 256 }, (_, n) => n + 1),
    );
    expect(sizeOf(slow)).toBeLessThan(3 * sizeOf(atOnce));
  });

  it('is enough for any number of engines that come and go', async () => {
    const memory = new KernelMemory(false);
    const { createEngine } = kernelsIn(memory);
    const data = bytes(60);
    const sizes: number[] = [];
    const some = () => {
      for (let engine = 0; engine < 20; engine++) {
        createEngine(ARCHITECTURE, layers()).step(data, all(60), rule('adam'), false);
      }
    };
    for (let round = 0; round < 12; round++) {
      some();
      await collectGarbage();
      sizes.push(sizeOf(memory));
    }
    // What is garbage is given back when the collector says so, perhaps a round later.
    expect(sizes.at(-1)).toBeLessThan(2 * sizes[0]!);
  });

  it('may grow under engines, which go on right, as do those in memory that was used before', async () => {
    const memory = new KernelMemory(false);
    const { rows, createEngine } = kernelsIn(memory);
    const data = bytes(60);
    const expected = referenceBackend.createEngine(ARCHITECTURE, layers());
    const engines = [createEngine(ARCHITECTURE, layers())];
    for (let round = 0; round < 8; round++) {
      const size = sizeOf(memory);
      // Bytes of an engine that is garbage afterwards: all ones, so to speak.
      const used = createEngine(ARCHITECTURE, layers(3));
      used.step(data, all(60), { ...rule('sgd'), rate: 1e30 }, false);
      rows.place({ rows: 5000, columns: 20, pixels: new Uint8Array(100_000).fill(255) });
      if (round < 2) expect(sizeOf(memory)).toBeGreaterThan(size);
      await collectGarbage();
      const late = createEngine(ARCHITECTURE, expected.layers());
      late.restoreState(expected.state('adam'));
      engines.push(late);
      expected.step(data, all(60), rule('adam'), false);
      for (const engine of engines) {
        engine.step(data, all(60), rule('adam'), false);
        expect(engine.layers()).toEqual(expected.layers());
        expect(engine.state('adam')).toEqual(expected.state('adam'));
      }
    }
  });

  it('may be beyond 2 GiB', () => {
    const memory = new KernelMemory(false);
    const keep = {};
    memory.allocate(2 ** 31, keep);
    const { rows, createEngine } = kernelsIn(memory);
    for (const data of [bytes(60), entries(60)]) {
      for (const isPlaced of [false, true]) {
        if (isPlaced) rows.place(data.x);
        const engine = createEngine(ARCHITECTURE, layers());
        const expected = referenceBackend.createEngine(ARCHITECTURE, layers());
        expect(engine.forward(data.x, all(60))).toEqual(expected.forward(data.x, all(60)));
        for (let step = 0; step < 3; step++) {
          const loss = expected.step(data, all(60), rule('adam'), true);
          expect(engine.step(data, all(60), rule('adam'), true)).toBe(loss);
        }
        expect(engine.gradients(data, all(60))).toEqual(expected.gradients(data, all(60)));
        expect(engine.layers()).toEqual(expected.layers());
      }
    }
  });
});
