import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors } from '../../../core/bytes/safetensors.ts';
import { IntegrityError } from '../../../core/errors.ts';
import { Model } from '../../../core/estimator/model.ts';
import { layersFromArrays } from '../../../core/exchange/layers-from-arrays.ts';
import type { NumpyArray } from '../../../core/exchange/numpy-array.ts';
import { decodeWeights, encodeWeights } from '../../../core/exchange/weights.ts';
import { Network } from '../../../core/model/network.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { classifier } from '../architectures.ts';
import { fixture, fixtures, LAYERS, SIZES } from './fixtures.ts';

const zeros = (...shape: number[]): NumpyArray => ({
  shape,
  values: new Float32Array(shape.reduce((product, size) => product * size, 1)),
});

describe('decodeWeights', () => {
  it.each([
    ...fixtures(/^numpy\d.*\.npz$/).map((name) => ['npz', name]),
    ...fixtures(/^numpy\d.*\.pkl$/).map((name) => ['pickle', name]),
    ...fixtures(/^float.*\.safetensors$/).map((name) => ['safetensors', name]),
  ])('recognises %s in %s and reads its layers', async (format, name) => {
    expect(await decodeWeights(fixture(name))).toEqual({ format, specs: SIZES, layers: LAYERS });
  });

  it('reads what encodeWeights writes', async () => {
    expect(await decodeWeights(encodeWeights(LAYERS))).toEqual({
      format: 'safetensors',
      specs: SIZES,
      layers: LAYERS,
    });
  });

  it('recognises safetensors whatever the length of their header', async () => {
    const file = encodeWeights(LAYERS);
    const length = new DataView(file.buffer).getUint32(0, true);
    for (let padding = 0; padding < 256; padding++) {
      const header = Buffer.from(file.subarray(8, 8 + length)).toString() + ' '.repeat(padding);
      const padded = Buffer.concat([Buffer.alloc(8), Buffer.from(header), file.subarray(8 + length)]);
      padded.writeUInt32LE(header.length);
      expect((await decodeWeights(padded)).specs).toEqual(SIZES);
    }
  });

  it("reads the file of a library's Model of pictures, which has no scales but those of runs", async () => {
    const model = new Model({ hidden: [5], activation: 'sigmoid' });
    const bytes = Uint8Array.from({ length: 40 }, (_, n) => (n * 89) % 256);
    const classes = Array.from({ length: 10 }, (_, row) => row % 3);
    await model.fit({ data: bytes, columns: 4 }, classes, { epochs: 3 });
    const { layers, architecture, specs } = await decodeWeights(model.save());
    expect(specs).toEqual([4, 5, 3]);
    const outputs = new Network(architecture!, layers).outputs(sparseFromPixels([bytes], 4));
    expect([...outputs]).toEqual(model.predictProbabilities({ data: bytes, columns: 4 }).flat());
  });

  it.each([
    [
      { scaling: 'standard' },
      [0, 1, 2],
      /^weights: a model with the scaling "standard", expected "pixels": runs/,
    ],
    [{ scaling: 'none' }, [0, 1, 2], /^weights: a model with the scaling "none"/],
    [{ scaling: 'pixels' }, ['a', 'b', 'c'], /^weights: a model with classes of its own, expected 0, 1, 2 …/],
    [{ scaling: 'pixels' }, [1, 2, 3], /^weights: a model with classes of its own/],
    [{ scaling: 'pixels', task: 'regression' }, [1, 2, 3], /^weights: a model with classes of its own/],
  ] as const)(
    'refuses that of a Model that a run would not be: %j of %j',
    async (options, names, message) => {
      const model = new Model<string | number>({ ...options, hidden: [] });
      const x = [[1], [2], [3], [4]];
      await model.fit(
        x,
        x.map((_, row) => names[row % 3]!),
        { epochs: 1 },
      );
      await expect(decodeWeights(model.save())).rejects.toMatchObject({
        name: 'IntegrityError',
        message: expect.stringMatching(message),
      });
    },
  );

  it('reads a checkpoint of ours, with what it says of itself', async () => {
    const architecture = classifier(SIZES, 'relu');
    const checkpoint = encodeCheckpoint({
      step: 7,
      configHash: 'hash',
      loss: 0.5,
      architecture,
      layers: LAYERS,
      optimizerState: new Map(),
    });
    expect(await decodeWeights(checkpoint)).toEqual({
      format: 'safetensors',
      specs: SIZES,
      layers: LAYERS,
      architecture,
    });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['text', Uint8Array.from(Buffer.from('W1 = ...')), /neither \.npz nor a pickle nor safetensors/],
    [
      'HDF5',
      Uint8Array.from(Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')),
      /safetensors: it is HDF5, as Keras saves$/,
    ],
    ['an empty file', new Uint8Array(0), /neither/],
    ['a single array', fixture('version1.npy'), /save all of them together with numpy\.savez/],
    ['integers', fixture('int64.safetensors'), /tensor "W1" is I64, expected F32 or F64/],
    [
      'a file of torch.save',
      fixture('pictures-pytorch.pt'),
      /torch\.save: write safetensors\.torch\.save_file/,
    ],
    ['a pickle that would run something', fixture('os-system-protocol4.pkl'), /global posix\.system/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(decodeWeights(bytes)).rejects.toThrow(IntegrityError);
    await expect(decodeWeights(bytes)).rejects.toThrow(message);
  });

  it('refuses a file beyond its limit, before and after unpacking', async () => {
    await expect(decodeWeights(fixture('numpy1-deflated.npz'), { maxBytes: 1000 })).rejects.toThrow(
      /weights: 1294 bytes/,
    );
    await expect(decodeWeights(fixture('numpy1-float64-fortran.npz'), { maxBytes: 1350 })).rejects.toThrow(
      /uncompressed/,
    );
  });
});

it('pretrained weights answer to the test images as they do in NumPy, where they were trained', async () => {
  const expected = JSON.parse(Buffer.from(fixture('three-layer.json')).toString()) as {
    testAccuracy: number;
    probabilities: number[][];
  };
  const { specs, layers } = await decodeWeights(fixture('three-layer.pkl'));
  expect(specs).toEqual([784, 50, 100, 10]);
  const network = new Network(classifier(specs), layers);
  const x = sparseFromPixels([readFileSync(join(mnistFolder(), 't10k-images-idx3-ubyte')).subarray(16)], 784);
  const labels = readFileSync(join(mnistFolder(), 't10k-labels-idx1-ubyte')).subarray(8);
  const y = network.forward(x, Uint32Array.from(Array(10).keys()));
  for (const [index, probability] of expected.probabilities.flat().entries()) {
    expect(y[index]).toBeCloseTo(probability, 5);
  }
  expect(network.accuracy({ x, labels })).toBeCloseTo(expected.testAccuracy, 3);
});

it.each<[string, Record<string, NumpyArray>, RegExp]>([
  ['no arrays', {}, /the arrays are none, expected W1/],
  ['other names', { weight: zeros(2, 3) }, /the arrays are "weight", expected W1, b1/],
  ['one array too many', { W1: zeros(2, 3), b1: zeros(3), b2: zeros(3) }, /"W1", "b1", "b2"/],
  ['a gap', { W1: zeros(2, 3), b1: zeros(3), W3: zeros(3, 1), b3: zeros(1) }, /are "W1".*"b3"/],
  ['W01', { W01: zeros(2, 3), b01: zeros(3) }, /are "W01"/],
  ['weights without a bias', { W1: zeros(2, 3) }, /there is no b1/],
  ['weights of one dimension', { W1: zeros(6), b1: zeros(3) }, /W1 is \[6\], expected \[inputs, outputs\]/],
  ['a bias of two dimensions', { W1: zeros(2, 3), b1: zeros(1, 3) }, /b1 is \[1, 3\], expected \[outputs\]/],
  ['a size of 0', { W1: zeros(0, 3), b1: zeros(3) }, /W1 is \[0, 3\]/],
  ['a bias of another layer', { W1: zeros(2, 3), b1: zeros(2) }, /b1 is \[2\], expected \[3\]/],
  [
    'layers that do not follow each other',
    { W1: zeros(2, 3), b1: zeros(3), W2: zeros(4, 1), b2: zeros(1) },
    /W2 is \[4, 1\], but layer 1 has 3 outputs/,
  ],
  [
    'a value that is not finite',
    { W1: { shape: [1, 2], values: Float32Array.of(0, 1e300) }, b1: zeros(2) },
    /W1 has Infinity at 1 as a float32/,
  ],
])('layersFromArrays refuses %s', (_, arrays, message) => {
  const layers = () => layersFromArrays(new Map(Object.entries(arrays)));
  expect(layers).toThrow(IntegrityError);
  expect(layers).toThrow(message);
});

it('encodeWeights writes plain tensors in the shapes of the textbook', () => {
  const { tensors, metadata } = decodeSafetensors(encodeWeights(LAYERS));
  expect(metadata.size).toBe(0);
  const shapes = Array.from(tensors, ([name, { dtype, shape }]) => `${name} ${dtype} ${shape}`);
  expect(shapes.sort().join()).toBe('W1 F32 6,5,W2 F32 5,4,W3 F32 4,3,b1 F32 5,b2 F32 4,b3 F32 3');
});
