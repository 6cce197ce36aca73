/** The figures of a run's documents, for each kind of dataset. */
import { describe, expect, it } from 'vitest';
import { Network } from '../../../core/model/network.ts';
import type { TrainingRows } from '../../../core/rows/training-rows.ts';
import { evaluate as evaluateRows, meanCost } from '../../../core/training/evaluation.ts';
import type { Dataset } from '../../../functions/dataset/load.ts';
import { evaluateSplits } from '../../../functions/run/evaluate.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import { stepMetrics } from '../../../functions/schemas/documents.ts';

const split = (size: number) => ({ size, shards: [] });
const MANIFEST = {
  formatVersion: 2,
  name: 'made',
  definition: '0'.repeat(64),
  shards: 'f32',
  inputShape: [2],
  splits: { train: split(4), test: split(3) },
  sources: {},
};
/** y = (x0, x1). */
const copying = (output: 'identity' | 'softmax', scale = 1) =>
  new Network(
    {
      layers: [2, 2],
      activation: 'sigmoid',
      output,
      loss: output === 'softmax' ? 'crossEntropy' : 'meanSquaredError',
    },
    [{ weights: Float32Array.of(scale, 0, 0, scale), bias: new Float32Array(2) }],
  );

/** Rows of two inputs in pieces of at most two. */
function datasetOf(more: object, rows: (from: number, to: number) => TrainingRows): Dataset {
  const manifest = datasetManifest.parse({ ...MANIFEST, ...more });
  return {
    manifest,
    async *pieces(name) {
      const { size } = manifest.splits[name];
      for (let from = 0; from < size; from += 2) yield rows(from, Math.min(size, from + 2));
    },
  };
}
const X = [
  [1, 0],
  [0, 1],
  [1, 0],
  [0, 1],
];
const inputs = (from: number, to: number) => {
  const rows = to - from;
  return {
    rows,
    columns: 2,
    pointers: Uint32Array.from({ length: rows + 1 }, (_, n) => n),
    indices: Uint32Array.from(X.slice(from, to), (row) => row.indexOf(1)),
    values: new Float32Array(rows).fill(1),
  };
};

describe('evaluateSplits', () => {
  const LABELS = [0, 1, 1, 0];
  const classes = (more = {}) =>
    datasetOf({ classes: 2, ...more }, (from, to) => ({
      x: inputs(from, to),
      labels: Uint8Array.from(LABELS.slice(from, to)),
    }));

  it('of a classification: accuracies and mean losses of both splits', async () => {
    const network = copying('softmax');
    const figures = await evaluateSplits(network, classes());
    expect(figures).toMatchObject({ trainAccuracy: 0.5, testAccuracy: 2 / 3, testCost: null, outputs: null });
    const whole = evaluateRows(network, { x: inputs(0, 4), labels: Uint8Array.from(LABELS) });
    expect(figures.trainLoss).toBe(whole.loss);
    // -ln softmax of (1, 0): right 0.3133, wrong 1.3133.
    expect(figures.testLoss).toBeCloseTo((2 * 0.313_262 + 1.313_262) / 3, 5);
  });

  it('with prices of mistakes: the mean cost on the test set', async () => {
    const costs = [
      [0, 1],
      [4, 0],
    ];
    const { testCost } = await evaluateSplits(copying('softmax'), classes({ costs }));
    // Of three one is taken for class 0 that is of class 1.
    expect(testCost).toBeCloseTo(4 / 3, 12);
    expect(testCost).toBe(
      meanCost(
        [
          [1, 0],
          [1, 1],
        ],
        costs,
      ),
    );
  });

  it("of a regression: losses, and errors in the targets' own units", async () => {
    const statistics = { count: 4, missing: 0, min: 0, max: 1, mean: 0, variance: 1 };
    const scaled = (name: string, offset: number, divisor: number) => ({
      name,
      type: 'numeric',
      offset,
      divisor,
      statistics,
    });
    const encoding = {
      schema: { columns: [{ name: 'a', type: 'numeric' }], target: { columns: ['t', 'u'] } },
      inputs: 1,
      columns: [scaled('a', 0, 1)],
      classes: [],
      targets: [scaled('t', 50, 10), scaled('u', 7, 0)],
    };
    const targets = [0.5, 0, 0, 1, 1, 0, 0, 0.5];
    const dataset = datasetOf({ targets: ['t', 'u'], encoding }, (from, to) => ({
      x: inputs(from, to),
      targets: Float32Array.from(targets.slice(2 * from, 2 * to)),
    }));
    const figures = await evaluateSplits(copying('identity'), dataset);
    expect(figures).toMatchObject({ trainAccuracy: null, testAccuracy: null, testCost: null });
    expect(figures.testLoss).toBeCloseTo(0.25 / 2 / 3, 12);
    expect(figures.trainLoss).toBeCloseTo(0.5 / 2 / 4, 12);
    // Of the test set's outputs the first is once 1 for 0.5, which is 5 of the target's unit.
    const [first, second] = figures.outputs!;
    expect(first!.rmse).toBeCloseTo(10 * Math.sqrt(0.25 / 3), 12);
    expect(first!.mae).toBeCloseTo(5 / 3, 12);
    expect(first!.r2).toBeCloseTo(1 - 0.25 / 0.5, 12);
    expect(second).toEqual({ rmse: 0, mae: 0, r2: 1 });
  });

  it('says so when a loss is not finite, which no document could hold', async () => {
    await expect(
      evaluateSplits(
        copying('softmax', 3e38),
        datasetOf({ classes: 2 }, (from, to) => ({
          x: { ...inputs(from, to), values: new Float32Array(to - from).fill(3) },
          labels: new Uint8Array(to - from),
        })),
      ),
    ).rejects.toThrow('the loss on the training set is NaN, expected a finite number');
  });
});

it('metrics from before there were losses are read, with nothing in their place', () => {
  const timing = {
    imagesPerSecond: 1,
    billedMs: 1,
    estimatedDollars: 0,
    loadMs: 0,
    trainMs: 0,
    evaluateMs: 0,
    saveMs: 0,
  };
  const old = {
    formatVersion: 1,
    step: 1,
    epoch: 1,
    loss: 1,
    trainAccuracy: 0.5,
    testAccuracy: 0.5,
    checkpoint: null,
    timing,
  };
  expect(stepMetrics.parse(old)).toMatchObject({
    testAccuracy: 0.5,
    trainLoss: null,
    testLoss: null,
    testCost: null,
    outputs: null,
  });
});
