/**
 * A checkpoint: all that resume needs, as safetensors. W1, b1, W2, b2, … F32 in the textbook's shapes ([in, out] and
 * [out]), the optimizer's tensors, and what they belong to in the metadata. The bytes are a pure function of these.
 */

import { quote, shorten } from '../bytes/quote.ts';
import { decodeSafetensors, encodeSafetensors, type Safetensors, type Tensor } from '../bytes/safetensors.ts';
import { IntegrityError } from '../errors.ts';
import { ACTIVATIONS, type Architecture, type DenseLayer, LOSSES, OUTPUTS } from '../network/architecture.ts';
import { layerTensors, takeLayers } from '../network/weights.ts';

export interface Checkpoint {
  /** Steps trained so far. */
  step: number;
  /** Names the training that this belongs to; opaque here. */
  configHash: string;
  /** Mean loss of the last step's batch; null before the first step. */
  loss: number | null;
  architecture: Architecture;
  layers: DenseLayer[];
  optimizerState: Map<string, Tensor>;
}

/** What the metadata of a checkpoint's file says under "format". */
export const CHECKPOINT_FORMAT = 'stepnet-checkpoint-1';

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { tensors, metadata } = checkpointParts(checkpoint);
  return encodeSafetensors(tensors, metadata);
}

/** A checkpoint's tensors and metadata, for files that hold more than them. */
export function checkpointParts(checkpoint: Checkpoint): Safetensors {
  const { architecture, layers } = checkpoint;
  const tensors = new Map([...checkpoint.optimizerState, ...layerTensors(layers)]);
  const metadata = new Map([
    ['format', CHECKPOINT_FORMAT],
    ['step', String(checkpoint.step)],
    ['configHash', checkpoint.configHash],
    ['loss', String(checkpoint.loss)],
    ['layers', JSON.stringify(architecture.layers)],
    ['activation', architecture.activation],
    ['output', architecture.output],
    ['lossFunction', architecture.loss],
  ]);
  return { tensors, metadata };
}

/** @throws IntegrityError when the bytes are no checkpoint, or a weight is missing, misshapen or not finite */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  return checkpointOf(decodeSafetensors(bytes));
}

/** The same of a file that has been read. @param format that it says it has */
export function checkpointOf({ tensors, metadata }: Safetensors, format = CHECKPOINT_FORMAT): Checkpoint {
  if (metadata.get('format') !== format) {
    throw new IntegrityError(
      `checkpoint: format ${shorten(metadata.get('format') ?? 'nothing')}, expected ${format}`,
    );
  }
  const architecture: Architecture = {
    layers: readSizes(metadata.get('layers')),
    activation: oneOf(metadata, 'activation', ACTIVATIONS),
    output: oneOf(metadata, 'output', OUTPUTS),
    loss: oneOf(metadata, 'lossFunction', LOSSES),
  };
  const optimizerState = new Map(tensors);
  const layers = takeLayers(optimizerState, architecture.layers, 'checkpoint:');
  return {
    step: readNumber(metadata, 'step', (value) => Number.isSafeInteger(value) && value >= 0),
    configHash: metadata.get('configHash') ?? '',
    loss: metadata.get('loss') === 'null' ? null : readNumber(metadata, 'loss', Number.isFinite),
    architecture,
    layers,
    optimizerState,
  };
}

function readSizes(text = ''): number[] {
  const sizes: unknown = /^\[\d+(,\d+)+\]$/.test(text) ? JSON.parse(text) : undefined;
  if (!Array.isArray(sizes) || !sizes.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new IntegrityError(`checkpoint: layers ${shorten(text)}, expected a list of sizes`);
  }
  return sizes;
}

function readNumber(metadata: Map<string, string>, key: string, valid: (value: number) => boolean): number {
  const text = metadata.get(key) ?? '';
  const value = text === '' ? Number.NaN : Number(text);
  if (!valid(value)) throw new IntegrityError(`checkpoint: ${key} is ${quote(text)}`);
  return value;
}

function oneOf<T extends string>(metadata: Map<string, string>, key: string, allowed: readonly T[]): T {
  const value = allowed.find((candidate) => candidate === metadata.get(key));
  if (value === undefined) {
    throw new IntegrityError(
      `checkpoint: ${key} ${shorten(metadata.get(key) ?? 'nothing')}, expected one of ${allowed.join(', ')}`,
    );
  }
  return value;
}
