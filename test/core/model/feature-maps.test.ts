/** What the first convolution sees: by hand, and as what the rest of the network answers to. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { featureMaps, firstFilters } from '../../../core/model/feature-maps.ts';
import { Network } from '../../../core/model/network.ts';
import { inputsOf, planLayers } from '../../../core/network/plan.ts';
import { sparseFromDense } from '../../../core/rows/sparse-rows.ts';
import { classifier } from '../architectures.ts';
import { layersOf, pictureCases } from '../kernels/random-pictures.ts';
import { normal } from '../kernels/trace.ts';

// Behind a pool of columns 2 × 3 pixels of 2 channels arrive, and two filters of 1 × 2 see them, zeros on the right.
const architecture = classifier(
  [
    [2, 6, 2],
    { maxPool: [1, 2] },
    { conv: 2, kernel: [1, 2], padding: 'same', activation: 'relu' },
    { conv: 1, kernel: 1 },
    3,
  ],
  'sigmoid',
);
const layers = layersOf(architecture, 1, 3);
// Window by window: left (channels 0, 1), right (channels 0, 1); the filters together.
layers[0] = {
  weights: Float32Array.of(1, 0, 2, 0, 0, -1, 0, 1),
  bias: Float32Array.of(0.5, 1),
};
// biome-ignore format: two pixels of a pool a line
const picture = Float32Array.of(
  1, 2,  0, 0,
  3, 0,  0, 4,
  5, 1,  0, 6,
  0, 7,  0, 0,
  2, 0,  8, 1,
  1, 0,  0, 3,
);

it('gives what each filter sees at each place, its activation applied', () => {
  // The pool leaves [[1 2] [3 4] [5 6]] and [[0 7] [8 1] [1 3]].
  expect(featureMaps({ architecture, layers }, picture)).toEqual({
    shape: [2, 3, 2],
    values: Float32Array.of(
      ...[5.5, 1 - 3 + 4, 11.5, 1 - 5 + 6, 17.5, 1],
      ...[14.5, 0, 10.5, 1 - 1 + 3, 7.5, 1],
    ),
  });
});

it('gives the filters as files have them', () => {
  expect(firstFilters({ architecture, layers })).toEqual({ shape: [1, 2, 2, 2], values: layers[0]!.weights });
});

it('is undefined for a network without convolutions', () => {
  const dense = classifier([[2, 2, 1], { maxPool: 2 }, 3]);
  const network = { architecture: dense, layers: layersOf(dense, 1, 4) };
  expect(featureMaps(network, new Float32Array(4))).toBeUndefined();
  expect(firstFilters(network)).toBeUndefined();
});

it('refuses rows of other lengths', () => {
  const message = 'x: got 12 values, expected 24';
  expect(() => featureMaps({ architecture, layers }, new Float32Array(12))).toThrow(new RangeError(message));
});

it('the rest of the network makes of the maps what the whole makes of the picture, bit for bit', () => {
  const cases = pictureCases.filter(({ architecture: { layers } }) =>
    layers.some((spec) => typeof spec === 'object' && 'conv' in spec),
  );
  fc.assert(
    fc.property(cases, (sample) => {
      const of = sample.architecture;
      const layers = layersOf(of, 0.5, sample.seed);
      const x = normal(inputsOf(of.layers), 1, sample.seed, 7);
      const maps = featureMaps({ architecture: of, layers }, x)!;
      const first = planLayers(of.layers, of.activation).findIndex(({ kind }) => kind === 'convolution');
      const rest = { ...of, layers: [maps.shape, ...of.layers.slice(first + 2)] };
      const answer = (network: Network, row: Float32Array) =>
        network.outputs(sparseFromDense([row], row.length));
      expect(answer(new Network(rest, layers.slice(1)), maps.values)).toEqual(
        answer(new Network(of, layers), x),
      );
    }),
    { numRuns: 100 },
  );
});
