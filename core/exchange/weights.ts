/**
 * Weights as files: W1, b1, W2, b2, …, in the textbook's shapes, W [inputs, outputs] and b [outputs]. Read from a .npz, a
 * pickle or safetensors, whichever the content is; written as safetensors that any reader of that format knows.
 */

import { asKind } from '../bytes/kind.ts';
import { quote, quoteAll } from '../bytes/quote.ts';
import { decodeSafetensors, encodeSafetensors } from '../bytes/safetensors.ts';
import { IntegrityError } from '../errors.ts';
import type { Architecture, LayerParameters } from '../network/architecture.ts';
import type { LayerSpecs } from '../network/layers.ts';
import { isDense } from '../network/plan.ts';
import { layerTensors } from '../network/weights.ts';
import { decodeCheckpoint } from '../training/checkpoint.ts';
import { decodeNpz } from './npy.ts';
import { type NumpyArray, readNumpyArray } from './numpy-array.ts';
import { decodePickle } from './pickle.ts';

export type WeightsFormat = 'npz' | 'pickle' | 'safetensors';

export interface ImportedWeights {
  format: WeightsFormat;
  /** Units per layer, input first. */
  sizes: number[];
  layers: LayerParameters[];
  /** Of a checkpoint of our own, which says what its weights belong to. */
  architecture?: Architecture;
}

/** Bound on the uncompressed weights: what the largest function can hold beside the dataset. */
export const MAX_WEIGHTS_BYTES = 512 * 1024 * 1024;

/**
 * Recognises the format by its first bytes, whatever the file is called.
 *
 * @throws IntegrityError when it is none of the three, is damaged, or its arrays are no chain of dense layers
 */
export async function decodeWeights(
  bytes: Uint8Array,
  maxBytes: number = MAX_WEIGHTS_BYTES,
): Promise<ImportedWeights> {
  if (bytes.length > maxBytes)
    throw new IntegrityError(`weights: ${bytes.length} bytes, at most ${maxBytes} are read`);
  const format = recognise(bytes);
  switch (format) {
    case 'npz':
      return { format, ...layersFromArrays(await decodeNpz(bytes, maxBytes)) };
    case 'pickle':
      return { format, ...layersFromArrays(decodePickle(bytes)) };
    case 'safetensors':
      return { format, ...weightsOfSafetensors(bytes) };
  }
}

/**
 * Plain safetensors, without metadata: W1 F32 [inputs, outputs], b1 F32 [outputs], … and of a convolution W [kernel height,
 * kernel width, channels, filters].
 *
 * @param specs of the network; without them all layers are dense
 */
export function encodeWeights(
  layers: readonly LayerParameters[],
  specs: LayerSpecs = denseSizes(layers),
): Uint8Array<ArrayBuffer> {
  return encodeSafetensors(new Map(layerTensors(specs, layers)));
}

/**
 * Dense layers from arrays named W1, b1, W2, b2, … without a gap and nothing besides.
 *
 * @throws IntegrityError naming the array that is missing, too much, misshapen or not finite
 */
export function layersFromArrays(arrays: ReadonlyMap<string, NumpyArray>): Omit<ImportedWeights, 'format'> {
  const count = [...arrays.keys()].filter((name) => /^W[1-9]\d*$/.test(name)).length;
  const expected = new Set(
    Array.from({ length: count }, (_, index) => [`W${index + 1}`, `b${index + 1}`]).flat(),
  );
  const unknown = [...arrays.keys()].find((name) => !expected.has(name));
  if (count === 0 || unknown !== undefined) {
    throw new IntegrityError(
      `weights: the arrays are ${quoteAll([...arrays.keys()]) || 'none'}, expected W1, b1, W2, b2, … and no others`,
    );
  }
  const sizes: number[] = [];
  const layers: LayerParameters[] = [];
  for (let n = 1; n <= count; n++) {
    const [inputs, outputs] = shapeOf(arrays, `W${n}`, 2, '[inputs, outputs]') as [number, number];
    if (n > 1 && inputs !== sizes.at(-1)) {
      throw new IntegrityError(
        `weights: W${n} is [${inputs}, ${outputs}], but layer ${n - 1} has ${sizes.at(-1)} outputs`,
      );
    }
    const [biases] = shapeOf(arrays, `b${n}`, 1, '[outputs]') as [number];
    if (biases !== outputs) {
      throw new IntegrityError(`weights: b${n} is [${biases}], expected [${outputs}], the outputs of W${n}`);
    }
    if (n === 1) sizes.push(inputs);
    sizes.push(outputs);
    layers.push({ weights: finite(arrays, `W${n}`), bias: finite(arrays, `b${n}`) });
  }
  return { sizes, layers };
}

function shapeOf(
  arrays: ReadonlyMap<string, NumpyArray>,
  name: string,
  dimensions: number,
  meaning: string,
): readonly number[] {
  const array = arrays.get(name);
  if (array === undefined) throw new IntegrityError(`weights: there is no ${name}`);
  const { shape } = array;
  if (shape.length !== dimensions || shape.includes(0)) {
    throw new IntegrityError(
      `weights: ${name} is [${shape.join(', ')}], expected ${meaning}, none of them 0`,
    );
  }
  return shape;
}

const denseSizes = (layers: readonly LayerParameters[]): number[] => [
  layers[0]!.weights.length / layers[0]!.bias.length,
  ...layers.map(({ bias }) => bias.length),
];

/** A float64 beyond float32's range has become infinite by now. */
function finite(arrays: ReadonlyMap<string, NumpyArray>, name: string): Float32Array {
  const { values } = arrays.get(name)!;
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new IntegrityError(`weights: ${name} has ${values[wrong]} at ${wrong} as a float32`);
  return values;
}

function weightsOfSafetensors(bytes: Uint8Array): Omit<ImportedWeights, 'format'> {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const format = metadata.get('format') ?? '';
  const isModel = format.startsWith('stepnet-model-');
  if (isModel || format.startsWith('stepnet-checkpoint-')) {
    if (isModel) checkModel(metadata.get('model') ?? '');
    const { architecture, layers } = decodeCheckpoint(bytes, isModel ? format : undefined);
    if (!isDense(architecture.layers)) {
      throw new IntegrityError(
        'weights: got those of a network with layers of pictures, expected dense layers',
      );
    }
    return { sizes: [...architecture.layers], layers, architecture };
  }
  const arrays = new Map<string, NumpyArray>();
  for (const [name, { dtype, shape, data }] of tensors) {
    const numpyDtype = { F32: '<f4', F64: '<f8' }[dtype as string];
    if (numpyDtype === undefined) {
      throw new IntegrityError(`weights: tensor ${quote(name)} is ${dtype}, expected F32 or F64`);
    }
    arrays.set(name, readNumpyArray(name, numpyDtype, shape, false, data));
  }
  return layersFromArrays(arrays);
}

/**
 * The metadata of a library's Model, whose network has to take what those of runs take, and answer as they do.
 *
 * @throws IntegrityError for another scaling, which a run would leave out, and for classes with names
 */
function checkModel(text: string): void {
  let model: { scaling?: unknown; classes?: unknown };
  try {
    model = Object(JSON.parse(text));
  } catch (error) {
    throw new IntegrityError(`weights: metadata: ${(error as Error).message}`, { cause: error });
  }
  if (model.scaling !== 'pixels') {
    throw new IntegrityError(
      `weights: a model with the scaling ${quote(String(model.scaling))}, expected "pixels": runs divide pixels by 255 ` +
        `and scale nothing else`,
    );
  }
  const { classes } = model;
  if (!Array.isArray(classes) || classes.length === 0 || classes.some((label, k) => label !== k)) {
    throw new IntegrityError(
      'weights: a model with classes of its own, expected 0, 1, 2 … as runs have them',
    );
  }
}

/** Whether the bytes begin with these. */
const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte);

function recognise(bytes: Uint8Array): WeightsFormat {
  // Four bytes of its header's length, four zeros above them, the header. No pickle has these.
  if (startsWith(bytes.subarray(4), [0, 0, 0, 0, 0x7b])) return 'safetensors';
  // PK: a local header, or the end record of an empty archive.
  if (startsWith(bytes, [0x50, 0x4b])) return 'npz';
  // Protocol 2 and later begin with its number; a dict begins with ( in protocol 0, with } in protocol 1.
  if (startsWith(bytes, [0x80]) || startsWith(bytes, [0x28]) || startsWith(bytes, [0x7d, 0x71]))
    return 'pickle';
  if (startsWith(bytes, [0x93, 0x4e])) {
    throw new IntegrityError(
      'weights: a .npy file holds one array: save all of them together with numpy.savez',
    );
  }
  throw new IntegrityError(`weights: neither .npz nor a pickle nor safetensors${asKind(bytes)}`);
}
