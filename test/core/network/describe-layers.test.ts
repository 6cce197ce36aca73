import { expect, it } from 'vitest';
import { describeLayers, summaryOf } from '../../../core/network/describe-layers.ts';
import type { LayerSpecs } from '../../../core/network/layers.ts';
import { classifier } from '../architectures.ts';

it.each<[LayerSpecs, string]>([
  [[784, 50, 10], '784-50-10'],
  [[0, 32, 0], '?-32-?'],
  [[784, { dropout: 0.5 }, 10], '784 – dropout 0.5 – 10'],
  [
    [[28, 28, 1], { conv: 16, kernel: 3 }, { maxPool: 2 }, { dropout: 0.25 }, 128, 10],
    '28×28×1 – conv 16 (3×3) – maxPool 2 – dropout 0.25 – 128 – 10',
  ],
  [
    [
      [9, 7, 3],
      { conv: 4, kernel: [3, 2], stride: [2, 1], padding: 'same', activation: 'relu' },
      { averagePool: [2, 3], stride: 1 },
      5,
    ],
    '9×7×3 – conv 4 (3×2, stride 2×1, same, relu) – averagePool 2×3, stride 1 – 5',
  ],
])('%j is %s', (layers, text) => {
  expect(describeLayers(layers)).toBe(text);
});

it('a summary has the shapes that arrive and leave, windows, activations and parameters', () => {
  const layers: LayerSpecs = [
    [9, 8, 3],
    { conv: 4, kernel: [3, 2], padding: 'same', activation: 'sigmoid' },
    { maxPool: [2, 3] },
    { averagePool: 2 },
    { dropout: 0.5 },
    5,
    2,
  ];
  expect(summaryOf(classifier(layers, 'relu')).split('\n')).toEqual([
    '1  9×8×3 → 9×8×4  conv 3×2, sigmoid  76 parameters',
    '2  9×8×4 → 4×2×4  maxPool 2×3',
    '3  4×2×4 → 2×1×4  averagePool 2×2',
    '4  2×1×4 → 2×1×4  dropout 0.5',
    '5  2×1×4 → 5  relu  45 parameters',
    '6  5 → 2  softmax  12 parameters',
    '133 parameters',
  ]);
});
