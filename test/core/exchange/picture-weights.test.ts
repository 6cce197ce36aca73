/** Weights of networks of pictures: PyTorch's answers from its own files, other programs' layouts, and our round trips. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSafetensors, tensorOf } from '../../../core/bytes/safetensors.ts';
import { ConfigError, IntegrityError } from '../../../core/errors.ts';
import { permuteAxes } from '../../../core/exchange/axes.ts';
import { type HowToRead, layersFromArrays } from '../../../core/exchange/layers-from-arrays.ts';
import type { NumpyArray } from '../../../core/exchange/numpy-array.ts';
import { decodeWeights, encodeWeights } from '../../../core/exchange/weights.ts';
import { Network } from '../../../core/model/network.ts';
import type { LayerSpecs } from '../../../core/network/layers.ts';
import { layerTensors } from '../../../core/network/weights.ts';
import { sparseFromDense } from '../../../core/rows/sparse-rows.ts';
import { encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { classifier } from '../architectures.ts';
import { layersOf, pictureCases } from '../kernels/random-pictures.ts';
import { fixture, fixtures } from './fixtures.ts';

/** Of make_pictures.py. */
const SPECS: LayerSpecs = [
  [8, 7, 3],
  { conv: 4, kernel: [3, 2], stride: [2, 1] },
  { maxPool: [1, 2] },
  { conv: 5, kernel: 2 },
  { dropout: 0.5 },
  6,
  3,
];
const { rows, probabilities } = JSON.parse(Buffer.from(fixture('pictures.json')).toString()) as Record<
  'rows' | 'probabilities',
  number[][]
>;

describe('weights of other programs', () => {
  it.each(fixtures(/^pictures-.*\.(npz|pkl|safetensors)$/))('%s answers as PyTorch does', async (name) => {
    const { specs, layers } = await decodeWeights(fixture(name), { layers: SPECS });
    expect(specs).toEqual(SPECS);
    const x = sparseFromDense([Float32Array.from(rows.flat())], 8 * 7 * 3);
    const y = new Network(classifier(SPECS, 'relu'), layers).outputs(x);
    expect(new Set(y.map((p) => Math.round(p * 1000))).size).toBeGreaterThan(10);
    probabilities.flat().forEach((probability, at) => {
      expect(Math.abs(y[at]! - probability)).toBeLessThan(1e-6);
    });
  });

  it('dense ones need no layers, whatever the program', async () => {
    const dense = [5, 4, 3];
    const layers = layersOf(classifier(dense), 1, 8);
    const turned = layers.map(({ weights, bias }, n) => ({
      weight: tensorOf(permuteAxes(weights, [dense[n]!, dense[n + 1]!], [1, 0]), [dense[n + 1]!, dense[n]!]),
      bias: tensorOf(bias, [bias.length]),
    }));
    const pytorch = new Map(
      turned.flatMap((of, n) => Object.entries(of).map(([part, t]) => [`${n * 2}.${part}`, t])),
    );
    expect(await decodeWeights(encodeSafetensors(pytorch))).toEqual({
      ...{ format: 'safetensors', specs: dense, layers },
    });
  });
});

/** Arrays as a program of a layout would have them, by the definition of each layout. */
function arraysOf(specs: LayerSpecs, layout: 'textbook' | 'pytorch', seed = 1): Map<string, NumpyArray> {
  const layers = layersOf(classifier(specs), 1, seed);
  return new Map(
    layerTensors(specs, layers).map(([name, { shape }], index) => {
      const { weights, bias } = layers[index >> 1]!;
      const values = index % 2 === 0 ? weights : bias;
      const sides = shape.length === 2 && layout === 'textbook' ? shape : shape.toReversed();
      const named = layout === 'pytorch' ? `layer${name.slice(1)}.${index % 2 ? 'bias' : 'weight'}` : name;
      return [
        named,
        { shape: shape.length === 4 ? [shape[3]!, shape[2]!, shape[0]!, shape[1]!] : sides, values },
      ];
    }),
  );
}
const read = (arrays: Map<string, NumpyArray>, how: HowToRead) => () => layersFromArrays(arrays, how);

describe('what names and shapes leave open is asked for', () => {
  const square: LayerSpecs = [[4, 3, 3], { conv: 3, kernel: 3, padding: 'same' }, 2];

  it('the layout, where several fit that order weights differently', () => {
    const arrays = arraysOf(square, 'textbook');
    const message =
      'layout: got none for weights whose shapes fit stepnet and textbook, expected one of them';
    expect(read(arrays, { layers: square })).toThrow(new ConfigError(message));
    const [ours, books] = (['stepnet', 'textbook'] as const).map(
      (layout) => layersFromArrays(arrays, { layers: square, layout }).layers,
    );
    expect(ours![0]!.weights).toEqual(arrays.get('W1')!.values);
    expect(books![0]!.weights).toEqual(permuteAxes(arrays.get('W1')!.values, [3, 3, 3, 3], [2, 3, 1, 0]));
    // 4 × 3 pixels of three channels, first one channel after the other.
    expect(books![1]!.weights).toEqual(permuteAxes(arrays.get('W2')!.values, [3, 4, 3, 2], [1, 2, 0, 3]));
  });

  it('not where they make the same network', () => {
    const grey: LayerSpecs = [[4, 3, 1], { maxPool: [1, 2] }, 5, 2];
    expect(layersFromArrays(arraysOf(grey, 'textbook'), { layers: grey }).layers).toHaveLength(2);
  });

  it('also of two squares whose arrays have no names', () => {
    const arrays = new Map<string, NumpyArray>([
      ['arr_0', { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }],
      ['arr_1', { shape: [2], values: new Float32Array(2) }],
    ]);
    expect(read(arrays, {})).toThrow(
      'layout: got none for weights whose shapes fit stepnet and pytorch and textbook',
    );
    expect([...layersFromArrays(arrays, { layout: 'pytorch' }).layers[0]!.weights]).toEqual([1, 3, 2, 4]);
  });

  const twins: LayerSpecs = [[5, 5, 2], { conv: 2, kernel: 3 }, { conv: 2, kernel: 3 }, 2];
  const renamed = (names: readonly string[]) =>
    new Map(
      [...arraysOf(twins, 'pytorch')].map(([name, array]) => [
        name.replace(/^layer(\d)/, (_, n) => names[Number(n) - 1]!),
        array,
      ]),
    );

  it('the order, where equal shapes have names that say none and the file has kept none', () => {
    const arrays = renamed(['stem', 'body', 'head']);
    expect(read(arrays, { layers: twins })).toThrow(
      new ConfigError(
        'tensors: got none for "body", "stem", which have the same shapes: expected the names of all layers in the network\'s order',
      ),
    );
    const tensors = ['stem', 'body', 'head'];
    const { layers } = layersFromArrays(arrays, { layers: twins, tensors });
    expect(layersFromArrays(arrays, { layers: twins, isOrderKept: true }).layers).toEqual(layers);
    const swapped = layersFromArrays(arrays, { layers: twins, tensors: ['body', 'stem', 'head'] });
    expect(swapped.layers[0]).toEqual(layers[1]);
    for (const wrong of [
      ['stem', 'body'],
      ['stem', 'stem', 'head'],
      ['stem', 'body', 'tail'],
    ]) {
      expect(read(arrays, { layers: twins, tensors: wrong })).toThrow(
        'expected "stem", "body", "head" in the network\'s order',
      );
    }
  });

  it('not where numbers say it, 2 before 10', () => {
    const arrays = renamed(['net.2', 'net.10', 'net.1']);
    const { layers } = layersFromArrays(arrays, { layers: twins });
    expect(layers).toEqual(layersFromArrays(arrays, { layers: twins, isOrderKept: true }).layers);
  });
});

describe('what fits no network is refused with the tensor', () => {
  it.each<[string, LayerSpecs | undefined, string]>([
    [
      'another kernel',
      [
        [8, 7, 3],
        { conv: 4, kernel: [2, 3], stride: [2, 1] },
        { maxPool: [1, 2] },
        { conv: 5, kernel: 2 },
        6,
        3,
      ],
      'weights: features.0.weight: got [4, 3, 3, 2], expected [4, 3, 2, 3] for layers[1] (filters, channels, height, width)',
    ],
    [
      'other strides',
      [
        [8, 7, 3],
        { conv: 4, kernel: [3, 2] },
        { maxPool: [1, 2] },
        { conv: 5, kernel: 2 },
        { dropout: 0.5 },
        6,
        3,
      ],
      'weights: classifier.2.weight: got [6, 20], expected [6, 50] for layers[5] (outputs, inputs)',
    ],
    [
      'fewer layers',
      [[8, 7, 3], { conv: 4, kernel: [3, 2], stride: [2, 1] }, 6, 3],
      'weights: got 4 layers, "features.0", "features.3", "classifier.2", "classifier.4", expected 3',
    ],
    [
      'no layers',
      undefined,
      'weights: features.0.weight is [4, 3, 3, 2], expected [outputs, inputs], or the layers of a network of pictures, none of them 0',
    ],
  ])('%s', async (_, layers, message) => {
    await expect(decodeWeights(fixture('pictures-pytorch.pkl'), { layers })).rejects.toThrow(
      new IntegrityError(message),
    );
  });

  it('in each layout that its names may mean', () => {
    const specs: LayerSpecs = [[5, 4, 2], { conv: 3, kernel: [1, 2] }, 2];
    const arrays = arraysOf(specs, 'textbook');
    arrays.set('W1', { shape: [3, 2, 2, 1], values: new Float32Array(12) });
    expect(read(arrays, { layers: specs })).toThrow(
      'weights: W1: got [3, 2, 2, 1], expected [1, 2, 2, 3] for layers[1] (height, width, channels, filters); ' +
        'as textbook, W1: got [3, 2, 2, 1], expected [3, 2, 1, 2] for layers[1] (filters, channels, height, width)',
    );
  });

  it('a tensor besides, and a bias that is missing', () => {
    const arrays = arraysOf([[5, 4, 2], { conv: 3, kernel: [1, 2] }, 2], 'pytorch');
    const more = new Map(arrays).set('norm.running_mean', { shape: [3], values: new Float32Array(3) });
    expect(read(more, {})).toThrow(/"norm.running_mean", expected W1, b1, W2, b2, …, or NAME.weight/);
    arrays.delete('layer1.bias');
    expect(read(arrays, {})).toThrow(new IntegrityError('weights: there is no layer1.bias'));
    const layout = 'tensorflow' as 'stepnet';
    expect(read(arraysOf([2, 1], 'pytorch'), { layout })).toThrow(
      'layout: got "tensorflow", expected "stepnet" or "textbook" or "pytorch"',
    );
  });
});

describe('our own', () => {
  it('weights, which say their layers, and checkpoints come back bit for bit, of any network', async () => {
    await fc.assert(
      fc.asyncProperty(pictureCases, async ({ architecture, seed }) => {
        const layers = layersOf(architecture, 1, seed);
        const { layers: specs } = architecture;
        const weights = await decodeWeights(encodeWeights(layers, specs), {});
        expect(weights).toEqual({ format: 'safetensors', specs, layers });
        const run = { step: 3, configHash: '', loss: null, architecture, layers, optimizerState: new Map() };
        const checkpoint = await decodeWeights(encodeCheckpoint(run));
        expect(checkpoint).toEqual({ format: 'safetensors', specs, layers, architecture });
      }),
      { numRuns: 60 },
    );
  });

  it('are at odds with other layers, but not with the same ones written in another order', async () => {
    const bytes = encodeWeights(layersOf(classifier(SPECS), 1, 2), SPECS);
    const [picture, conv, ...rest] = SPECS;
    const turned = Object.fromEntries(Object.entries(conv!).reverse()) as unknown as LayerSpecs[number];
    expect((await decodeWeights(bytes, { layers: [picture!, turned, ...rest] })).specs).toEqual(SPECS);
    await expect(decodeWeights(bytes, { layers: [10, 2] })).rejects.toThrow(
      /^layers: got \[10,2\], expected \[\[8,7,3\],.* as in the file of weights$/,
    );
    await expect(decodeWeights(bytes, { layout: 'pytorch' })).rejects.toThrow(
      `layout: got "pytorch" for a file of stepnet's own`,
    );
    await expect(decodeWeights(bytes, { tensors: ['W1'] })).rejects.toThrow(/^tensors: got them/);
  });
});
