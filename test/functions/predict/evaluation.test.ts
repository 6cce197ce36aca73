/** What a report says of test sets that are no pictures. */
import { describe, expect, it } from 'vitest';
import { Network } from '../../../core/model/network.ts';
import type { Dataset } from '../../../functions/dataset/load.ts';
import { evaluation, regressionEvaluation } from '../../../functions/predict/answer-schemas.ts';
import { evaluateModel, WorstMistakes } from '../../../functions/predict/evaluation.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';

const SIZE = 1000;
const PIECE = 300;
/** Sample n has the input n / 1000. */
const inputs = (from: number, to: number) => ({
  rows: to - from,
  columns: 1,
  pointers: Uint32Array.from({ length: to - from + 1 }, (_, n) => n),
  indices: new Uint32Array(to - from),
  values: Float32Array.from({ length: to - from }, (_, n) => (from + n) / SIZE),
});

function datasetOf(
  more: object,
  outputsOf: (from: number, to: number) => { labels: Uint8Array } | { targets: Float32Array },
): Dataset {
  const split = { size: SIZE, shards: [] };
  const manifest = datasetManifest.parse({
    formatVersion: 2,
    name: 'made',
    definition: '0'.repeat(64),
    shards: 'sparse',
    inputShape: [1],
    splits: { train: split, test: split },
    sources: {},
    ...more,
  });
  return {
    manifest,
    async *pieces() {
      for (let from = 0; from < SIZE; from += PIECE) {
        const to = Math.min(SIZE, from + PIECE);
        yield { x: inputs(from, to), ...outputsOf(from, to) };
      }
    },
  };
}
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe('evaluateModel', () => {
  it('of a table with classes: names, costs, and mistakes without pictures', async () => {
    // Class 1 from 0.5 on; the labels say from 0.6 on.
    const network = new Network(
      { layers: [1, 2], activation: 'sigmoid', output: 'softmax', loss: 'crossEntropy' },
      [{ weights: Float32Array.of(-2, 2), bias: Float32Array.of(1, -1) }],
    );
    const costs = [
      [0, 3],
      [1, 0],
    ];
    const dataset = datasetOf({ classes: 2, classNames: ['no', 'yes'], costs }, (from, to) => ({
      labels: Uint8Array.from(numbers(from, to), (n) => (n >= 600 ? 1 : 0)),
    }));
    const found = evaluation.parse((await evaluateModel(network, dataset)).evaluation);
    expect(found.confusion).toEqual([
      [501, 99],
      [0, 400],
    ]);
    expect(found).toMatchObject({
      size: SIZE,
      accuracy: 0.901,
      cost: (99 * 3) / SIZE,
      classNames: ['no', 'yes'],
      mistakeCount: 99,
    });
    // The surest are those just below the bound.
    expect(found.mistakes.map(({ index }) => index)).toEqual(numbers(580, 600).reverse());
    expect(found.mistakes[0]).toMatchObject({ label: 0, predicted: 1, pixels: null });
  });

  it('of a regression: errors and samples spread over the set', async () => {
    // Predicts the input, where the target is twice as much.
    const network = new Network(
      { layers: [1, 1], activation: 'sigmoid', output: 'identity', loss: 'meanSquaredError' },
      [{ weights: Float32Array.of(1), bias: Float32Array.of(0) }],
    );
    const dataset = datasetOf({ targets: ['price'] }, (from, to) => ({
      targets: Float32Array.from(numbers(from, to), (n) => (2 * n) / SIZE),
    }));
    const { evaluation: none, regression } = await evaluateModel(network, dataset);
    expect(none).toBeNull();
    const { size, loss, outputs } = regressionEvaluation.parse(regression);
    const squares = numbers(0, SIZE).reduce((sum, n) => sum + (n / SIZE) ** 2, 0) / SIZE;
    expect(size).toBe(SIZE);
    expect(loss).toBeCloseTo(squares / 2, 6);
    expect(outputs[0]).toMatchObject({ name: 'price' });
    expect(outputs[0]!.rmse).toBeCloseTo(Math.sqrt(squares), 6);
    const { samples } = outputs[0]!;
    expect(samples).toHaveLength(250);
    expect(samples[0]).toEqual([0, 0]);
    expect(samples.at(-1)![0]).toBeCloseTo(1.992, 6);
    for (const [target, predicted] of samples) expect(target).toBeCloseTo(2 * predicted, 6);
  });
});

it('WorstMistakes keeps the surest, of equals the first, and counts all', () => {
  const worst = new WorstMistakes(3);
  const outputs = new Float32Array(2);
  [0.5, 0.25, 0.75, 0.5, 0.25, 0.75, 1].forEach((margin, index) => {
    outputs.set([0, margin]);
    worst.add(index, 0, outputs, () => null);
  });
  worst.add(7, 1, outputs, () => null);
  expect(worst.count).toBe(7);
  expect(worst.worst.map(({ index, margin }) => [index, margin])).toEqual([
    [6, 1],
    [2, 0.75],
    [5, 0.75],
  ]);
  expect([...worst.worst[1]!.probabilities]).toEqual([0, 0.75]);
});
