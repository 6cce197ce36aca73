/**
 * Weights as files: W1, b1, W2, b2, …, in the textbook's shapes, W [inputs, outputs] and b [outputs]; of other programs with
 * their names and in their layouts, too. Read from a .npz, a pickle or safetensors, whichever the content is; written as
 * safetensors that any reader of that format knows.
 */

import { decodeLatin1 } from '../bytes/byte-reader.ts';
import { asKind } from '../bytes/kind.ts';
import { quote } from '../bytes/quote.ts';
import { decodeSafetensors, encodeSafetensors } from '../bytes/safetensors.ts';
import { ConfigError, IntegrityError } from '../errors.ts';
import type { Architecture, LayerParameters } from '../network/architecture.ts';
import type { LayerSpecs } from '../network/layers.ts';
import { isDense } from '../network/plan.ts';
import { layerTensors } from '../network/weights.ts';
import { decodeCheckpoint, decodeLayers } from '../training/checkpoint.ts';
import { type HowToRead, layersFromArrays, type ReadLayers } from './layers-from-arrays.ts';
import { decodeNpz } from './npy.ts';
import { type NumpyArray, readNumpyArray } from './numpy-array.ts';
import { decodePickle } from './pickle.ts';

export type WeightsFormat = 'npz' | 'pickle' | 'safetensors';

export interface ImportedWeights extends ReadLayers {
  format: WeightsFormat;
  /** Of a checkpoint of our own, which says what its weights belong to. */
  architecture?: Architecture;
}

export interface DecodeOptions extends Omit<HowToRead, 'isOrderKept'> {
  /** Bound on the file, as it is and unpacked. */
  maxBytes?: number;
}

/** Bound on the uncompressed weights: what the largest function can hold beside the dataset. */
export const MAX_WEIGHTS_BYTES = 512 * 1024 * 1024;

/**
 * Recognises the format by its first bytes, whatever the file is called.
 *
 * @param options `layers` for weights of a network of pictures, and what names and shapes don't say
 * @throws IntegrityError when it is none of the three, is damaged, or its arrays are no network's, or not that of `layers`
 * @throws ConfigError for options that the file is at odds with, and where one is needed
 */
export async function decodeWeights(
  bytes: Uint8Array,
  { maxBytes = MAX_WEIGHTS_BYTES, ...how }: DecodeOptions = {},
): Promise<ImportedWeights> {
  if (bytes.length > maxBytes)
    throw new IntegrityError(`weights: ${bytes.length} bytes, at most ${maxBytes} are read`);
  const format = recognise(bytes);
  switch (format) {
    case 'npz':
      return { format, ...layersFromArrays(await decodeNpz(bytes, maxBytes), { ...how, isOrderKept: true }) };
    case 'pickle':
      return { format, ...layersFromArrays(decodePickle(bytes), { ...how, isOrderKept: true }) };
    case 'safetensors':
      return { format, ...weightsOfSafetensors(bytes, how) };
  }
}

/**
 * Plain safetensors: W1 F32 [inputs, outputs], b1 F32 [outputs], … and of a convolution W [kernel height, kernel width,
 * channels, filters]. Of a network of pictures the metadata has its layers, since shapes don't say strides and pools.
 *
 * @param specs of the network; without them all layers are dense
 */
export function encodeWeights(
  layers: readonly LayerParameters[],
  specs: LayerSpecs = denseSizes(layers),
): Uint8Array<ArrayBuffer> {
  const metadata = isDense(specs) ? [] : [['layers', JSON.stringify(specs)] as const];
  return encodeSafetensors(new Map(layerTensors(specs, layers)), new Map(metadata));
}

const denseSizes = (layers: readonly LayerParameters[]): number[] => [
  layers[0]!.weights.length / layers[0]!.bias.length,
  ...layers.map(({ bias }) => bias.length),
];

function weightsOfSafetensors(bytes: Uint8Array, how: HowToRead): Omit<ImportedWeights, 'format'> {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const format = metadata.get('format') ?? '';
  const isModel = format.startsWith('stepnet-model-');
  if (isModel || format.startsWith('stepnet-checkpoint-')) {
    if (isModel) checkModel(metadata.get('model') ?? '');
    const { architecture, layers } = decodeCheckpoint(bytes, isModel ? format : undefined);
    checkSaid(how, architecture.layers);
    return { specs: architecture.layers, layers, architecture };
  }
  const arrays = new Map<string, NumpyArray>();
  for (const [name, { dtype, shape, data }] of tensors) {
    const numpyDtype = { F32: '<f4', F64: '<f8' }[dtype as string];
    if (numpyDtype === undefined) {
      throw new IntegrityError(`weights: tensor ${quote(name)} is ${dtype}, expected F32 or F64`);
    }
    arrays.set(name, readNumpyArray(name, numpyDtype, shape, false, data));
  }
  const layers = metadata.get('layers');
  if (layers === undefined) return layersFromArrays(arrays, how);
  const specs = decodeLayers('weights', layers);
  checkSaid(how, specs);
  return layersFromArrays(arrays, { layers: specs, layout: 'stepnet' });
}

/** As a text in which the order of a layer's keys doesn't matter. */
const inOneOrder = (layers: LayerSpecs): string =>
  JSON.stringify(
    layers.map((spec) => (typeof spec === 'number' || 'length' in spec ? spec : Object.entries(spec).sort())),
  );

/** @throws ConfigError where options are at odds with what a file says itself */
function checkSaid({ layers, layout, tensors }: HowToRead, said: LayerSpecs): void {
  if (layers !== undefined && inOneOrder(layers) !== inOneOrder(said)) {
    throw new ConfigError(
      `layers: got ${JSON.stringify(layers)}, expected ${JSON.stringify(said)} as in the file of weights`,
    );
  }
  if (layout !== undefined && layout !== 'stepnet') {
    throw new ConfigError(`layout: got ${JSON.stringify(layout)} for a file of stepnet's own`);
  }
  if (tensors !== undefined) throw new ConfigError("tensors: got them for a file of stepnet's own");
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

/** Name of a zip's first entry: 30 bytes from the start, after its length at 26 (APPNOTE.TXT, 4.3.7). */
const firstEntry = (bytes: Uint8Array): string =>
  decodeLatin1(bytes.subarray(30, 30 + (bytes[26] ?? 0) + 256 * (bytes[27] ?? 0)));

/** Whether the bytes begin with these. */
const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte);

function recognise(bytes: Uint8Array): WeightsFormat {
  // Four bytes of its header's length, four zeros above them, the header. No pickle has these.
  if (startsWith(bytes.subarray(4), [0, 0, 0, 0, 0x7b])) return 'safetensors';
  // PK: a local header, or the end record of an empty archive.
  if (startsWith(bytes, [0x50, 0x4b])) {
    // A ZIP64 archive, whose first entry is a pickle of references to the others.
    if (firstEntry(bytes).endsWith('/data.pkl')) {
      throw new IntegrityError(
        'weights: it is a file of torch.save: write safetensors.torch.save_file(model.state_dict(), name) instead',
      );
    }
    return 'npz';
  }
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
