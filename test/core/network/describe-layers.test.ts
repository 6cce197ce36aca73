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

it('a summary of pictures says each window, what arrives, what it gives, and what has parameters', () => {
  const architecture = classifier(
    [
      [8, 9, 2],
      { conv: 5, kernel: 3, padding: 'same', activation: 'relu' },
      { maxPool: 2, stride: [2, 1] },
      { conv: 16, kernel: [2, 3], activation: 'identity' },
      { averagePool: [2, 1] },
      { dropout: 0.3 },
      9,
      2,
    ],
    'relu',
  );
  expect(summaryOf(architecture).split('\n')).toEqual([
    '   layer                     input   output  activation  parameters',
    '1  conv 5 (3×3, same, relu)  8×9×2   8×9×5   relu                95',
    '2  maxPool 2, stride 2×1     8×9×5   4×8×5',
    '3  conv 16 (2×3, identity)   4×8×5   3×6×16  identity           496',
    '4  averagePool 2×1           3×6×16  1×6×16',
    '5  dropout 0.3               1×6×16  1×6×16',
    '6  dense                     1×6×16  9       relu               873',
    '7  dense                     9       2       softmax             20',
    '                                                               1484',
  ]);
});
