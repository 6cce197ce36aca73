import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Network } from '../../../core/model/network.ts';
import { initialLayers } from '../../../core/network/weights.ts';
import { fillIntegers, fillNormal } from '../../../core/random/streams.ts';
import { type SparseRows, sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import type { TargetRows } from '../../../core/rows/training-rows.ts';
import { Evaluator, evaluate } from '../../../core/training/evaluation.ts';
import { CLASSES, COLUMNS, tinyDataset } from './digits.ts';

const classifier = new Network(
  { layers: [COLUMNS, CLASSES], activation: 'sigmoid', output: 'softmax', loss: 'crossEntropy' },
  initialLayers([COLUMNS, CLASSES], { kind: 'he' }, 4),
);
const regression = (outputs: number, seed = 4) =>
  new Network(
    { layers: [2, outputs], activation: 'sigmoid', output: 'identity', loss: 'meanSquaredError' },
    initialLayers([2, outputs], { kind: 'he' }, seed),
  );
/** y = (x0, x1). */
const copying = new Network(
  { layers: [2, 2], activation: 'sigmoid', output: 'identity', loss: 'meanSquaredError' },
  [{ weights: Float32Array.of(1, 0, 0, 1), bias: new Float32Array(2) }],
);

type Samples = TargetRows & { x: SparseRows };
/** Samples of two inputs, bytes or float, with targets about `mean`. */
function samplesOf(rows: number, outputs: number, seed: number, mean = 0): Samples {
  const pixels = new Uint32Array(rows * 2);
  fillIntegers(pixels, 256, seed, 95, 0);
  const targets = new Float32Array(rows * outputs);
  fillNormal(targets, 1, seed, 94, 0);
  return { x: sparseFromPixels([pixels], 2), targets: targets.map((value) => value + mean) };
}

function sliceOf({ x, targets }: Samples, start: number, end: number): Samples {
  const outputs = targets.length / x.rows;
  return {
    x: { ...x, rows: end - start, pointers: x.pointers.slice(start, end + 1) },
    targets: targets.slice(start * outputs, end * outputs),
  };
}

it('counts the right classes, and takes the mean loss', () => {
  const data = tinyDataset(700);
  const evaluation = evaluate(classifier, data);
  expect(evaluation).toMatchObject({ kind: 'classification', rows: 700 });
  if (evaluation.kind !== 'classification') return;
  expect(evaluation.accuracy).toBe(classifier.accuracy(data));
  expect(evaluation.loss).toBeCloseTo(classifier.loss(data), 12);
});

it('counts which class was taken for which', () => {
  const data = tinyDataset(300);
  const evaluator = new Evaluator(classifier);
  evaluator.add(data);
  const predicted = classifier.predict(data.x);
  const expected = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  data.labels.forEach((label, row) => {
    expected[label]![predicted[row]!]!++;
  });
  expect(evaluator.confusion()).toEqual(expected);
  expect(
    evaluator
      .confusion()
      .flat()
      .some((count, at) => count > 0 && at % (CLASSES + 1) !== 0),
  ).toBe(true);
});

it('of a regression by hand', () => {
  // Inputs 1, 0 and 0.2 of 255ths: outputs (1, 0), (0.2, 1), (0, 0.6).
  const x = sparseFromPixels([[255, 0, 51, 255, 0, 153]], 2);
  const targets = Float32Array.of(2, 5, 0.2, 5, 0, 5);
  const evaluation = evaluate(copying, { x, targets });
  if (evaluation.kind !== 'regression') throw new Error('a regression');
  const [first, second] = evaluation.outputs;
  // Of the first: errors -1, 0, 0; targets 2, 0.2, 0 about 2.2/3.
  expect(first!.rmse).toBeCloseTo(Math.sqrt(1 / 3), 7);
  expect(first!.mae).toBeCloseTo(1 / 3, 7);
  const mean = 2.2 / 3;
  expect(first!.r2).toBeCloseTo(1 - 1 / ((2 - mean) ** 2 + (0.2 - mean) ** 2 + mean ** 2), 6);
  // Of the second: errors -5, -4, -4.4; all targets alike, so nothing is explained.
  expect(second!.rmse).toBeCloseTo(Math.sqrt((25 + 16 + 4.4 ** 2) / 3), 6);
  expect(second!.mae).toBeCloseTo(13.4 / 3, 6);
  expect(second!.r2).toBeNull();
  expect(evaluation.loss).toBeCloseTo((1 + 25 + 16 + 4.4 ** 2) / 2 / 3, 5);
});

it('agrees with sums in two passes, also where targets are far from 0', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 600 }),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(),
      fc.constantFrom(0, 1000),
      (rows, outputs, seed, mean) => {
        const network = regression(outputs, seed);
        const data = samplesOf(rows, outputs, seed, mean);
        const evaluation = evaluate(network, data);
        if (evaluation.kind !== 'regression') throw new Error('a regression');
        const y = network.outputs(data.x);
        evaluation.outputs.forEach(({ rmse, mae, r2 }, k) => {
          const of = (values: Float32Array) => [...values].filter((_, at) => at % outputs === k);
          const [actual, expected] = [of(y), of(data.targets)];
          const average = expected.reduce((sum, t) => sum + t, 0) / rows;
          const squares = actual.reduce((sum, value, n) => sum + (value - expected[n]!) ** 2, 0);
          const spread = expected.reduce((sum, t) => sum + (t - average) ** 2, 0);
          expect(rmse / Math.sqrt(squares / rows)).toBeCloseTo(1, 12);
          expect(mae).toBeCloseTo(
            actual.reduce((sum, v, n) => sum + Math.abs(v - expected[n]!), 0) / rows,
            9,
          );
          expect((1 - r2!) / (squares / spread)).toBeCloseTo(1, 9);
        });
        expect(evaluation.loss / network.loss(data)).toBeCloseTo(1, 12);
      },
    ),
    { numRuns: 50 },
  );
});

it('gives the same figures to the bit in whatever pieces samples come', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 600 }),
      fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 4 }),
      fc.nat(),
      (rows, cuts, seed) => {
        const network = regression(3, seed);
        const data = samplesOf(rows, 3, seed, 10);
        const evaluator = new Evaluator(network);
        const ends = [...cuts.filter((cut) => cut < rows), rows].sort((a, b) => a - b);
        ends.forEach((end, index) => {
          evaluator.add(sliceOf(data, ends[index - 1] ?? 0, end));
        });
        expect(evaluator.result()).toEqual(evaluate(network, data));
      },
    ),
    { numRuns: 50 },
  );
});

it('refuses no samples, targets that do not fit, and labels after targets', () => {
  expect(() => evaluate(copying, samplesOf(0, 2, 1))).toThrow('rows: got none');
  expect(() => evaluate(copying, samplesOf(5, 3, 1))).toThrow('targets: got 15, expected 10');
  const evaluator = new Evaluator(copying);
  const data = samplesOf(5, 2, 1);
  evaluator.add(data);
  expect(() => evaluator.add({ x: data.x, labels: new Uint8Array(5) })).toThrow(
    'rows: got classification after regression, expected one of them',
  );
});
