import { expect, it } from 'vitest';
import { describeLayers } from '../../../core/network/describe-layers.ts';
import type { LayerSpecs } from '../../../core/network/layers.ts';

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
