/** Shapes of layers, and what is said of those that don't fit. */
import { describe, expect, it } from 'vitest';
import type { LayerSpecs } from '../../../core/network/layers.ts';
import { countParameters, inputsOf, outputsOf, planLayers } from '../../../core/network/plan.ts';

const shapes = (layers: LayerSpecs) => planLayers(layers, 'relu').map(({ output }) => output.join('×'));

describe('planLayers', () => {
  it('follows a picture through convolutions and pools to units', () => {
    const layers: LayerSpecs = [
      [28, 28, 1],
      { conv: 16, kernel: 3, activation: 'relu' },
      { maxPool: 2 },
      { dropout: 0.25 },
      128,
      10,
    ];
    expect(shapes(layers)).toEqual(['26×26×16', '13×13×16', '13×13×16', '128', '10']);
    expect([inputsOf(layers), outputsOf(layers)]).toEqual([784, 10]);
    expect(countParameters(layers)).toBe(9 * 16 + 16 + (13 * 13 * 16 + 1) * 128 + 129 * 10);
    const [first, , , hidden, last] = planLayers(layers, 'sigmoid');
    expect(first).toMatchObject({ kind: 'convolution', tensor: [3, 3, 1, 16], activation: 'relu' });
    expect(hidden).toMatchObject({ kind: 'dense', tensor: [2704, 128], activation: 'sigmoid' });
    // The last has the network's output function.
    expect(last).toMatchObject({ kind: 'dense', activation: undefined });
  });

  it.each<[LayerSpecs, string]>([
    [[[7, 9, 2], { conv: 3, kernel: [2, 4] }, 1], '6×6×3'],
    [[[7, 9, 2], { conv: 3, kernel: [2, 4], stride: [3, 2] }, 1], '2×3×3'],
    [[[7, 9, 2], { conv: 3, kernel: 3, padding: 'same' }, 1], '7×9×3'],
    [[[7, 9, 2], { conv: 3, kernel: 4, padding: 'same', stride: [3, 2] }, 1], '3×5×3'],
    [[[7, 9, 2], { maxPool: 2 }, 1], '3×4×2'],
    [[[7, 9, 2], { averagePool: [3, 2], stride: [1, 4] }, 1], '5×2×2'],
  ])('%j gives %s first', (layers, first) => {
    expect(shapes(layers)[0]).toBe(first);
  });

  it('puts the odd zero of "same" below and right', () => {
    const [layer] = planLayers([[5, 6, 1], { conv: 1, kernel: [2, 5], padding: 'same' }, 1], 'relu');
    expect(layer).toMatchObject({ places: { top: 0, left: 2, rows: 5, columns: 6 } });
  });

  it.each<[unknown[], string]>([
    [[784], 'layers[0]: got 784, expected a number of units: the classes'],
    [
      [[28, 28, 1], { conv: 8, kernel: 3 }],
      'layers[1]: got {"conv":8,"kernel":3}, expected a number of units',
    ],
    [[[28, 0, 1], 10], 'layers[0][1]: got 0 columns, expected a whole number from 1'],
    [[[28, 28], 10], 'layers[0]: got [28,28], expected a number of inputs, or [height, width, channels]'],
    [[784, 0, 10], 'layers[1]: got 0 units, expected a whole number from 1'],
    [[784, 'x', 10], 'layers[1]: got "x", expected units, or one of conv, maxPool, averagePool, dropout'],
    [
      [784, { conv: 8, kernel: 3 }, 10],
      'layers[1]: got {"conv":8,"kernel":3} where 784 units arrive, expected a picture',
    ],
    [[[9, 9, 1], 20, { maxPool: 2 }, 10], 'layers[2]: got {"maxPool":2} where 20 units arrive'],
    [
      [[4, 9, 1], { maxPool: 2 }, { conv: 8, kernel: 3 }, 10],
      'layers[2].kernel: got 3×3, expected at most 2×4, the picture that arrives there',
    ],
    [[[4, 9, 1], { maxPool: [5, 1] }, 10], 'layers[1].maxPool: got 5×1, expected at most 4×9'],
    [
      [[9, 9, 1], { conv: 0.5, kernel: 3 }, 10],
      'layers[1].conv: got 0.5 filters, expected a whole number from 1',
    ],
    [[[9, 9, 1], { conv: 8 }, 10], 'layers[1].kernel: got none, expected a whole number of pixels from 1'],
    [
      [[9, 9, 1], { conv: 8, kernel: [3, 3, 3] }, 10],
      'layers[1].kernel: got [3,3,3], expected a whole number',
    ],
    [[[9, 9, 1], { conv: 8, kernel: 3, stride: 0 }, 10], 'layers[1].stride: got 0, expected a whole number'],
    [
      [[9, 9, 1], { conv: 8, kernel: 3, padding: 'full' }, 10],
      'layers[1].padding: got "full", expected "valid" or "same"',
    ],
    [
      [[9, 9, 1], { conv: 8, kernel: 3, activation: 'tanh' }, 10],
      'layers[1].activation: got "tanh", expected "sigmoid" or "relu"',
    ],
    [
      [[9, 9, 1], { conv: 8, kernel: 3, pad: 1 }, 10],
      'layers[1].pad: unknown beside conv, expected kernel, stride',
    ],
    [[[9, 9, 1], { conv: 8, maxPool: 3 }, 10], 'layers[1]: got {"conv":8,"maxPool":3}, expected one of conv'],
    [[[9, 9, 1], { pool: 3 }, 10], 'layers[1]: got {"pool":3}, expected one of conv, maxPool'],
    [[784, { dropout: 1 }, 10], 'layers[1].dropout: got 1, expected a share from 0 to below 1'],
    [[784, { dropout: '0.5' }, 10], 'layers[1].dropout: got "0.5", expected a share'],
  ])('refuses %j', (layers, message) => {
    expect(() => planLayers(layers as unknown as LayerSpecs, 'relu')).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringContaining(message) }),
    );
  });
});
