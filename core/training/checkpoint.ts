/**
 * A checkpoint: all that resume needs, as safetensors. W1, b1, W2, b2, … F32 in the textbook's shapes ([in, out] and
 * [out]), the optimizer's tensors, and what they belong to in the metadata. The bytes are a pure function of these.
 */

import { quote, shorten } from '../bytes/quote.ts';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../bytes/safetensors.ts';
import { IntegrityError } from '../errors.ts';
import {
  ACTIVATIONS,
  type Architecture,
  type LayerParameters,
  LOSSES,
  OUTPUTS,
} from '../network/architecture.ts';
import type { LayerSpecs } from '../network/layers.ts';
import { planLayers } from '../network/plan.ts';
import { layerTensors, takeLayers } from '../network/weights.ts';

export interface Checkpoint {
  /** Steps trained so far. */
  step: number;
  /** Names the training that this belongs to; opaque here. */
  configHash: string;
  /** Mean loss of the last step's batch; null before the first step. */
  loss: number | null;
  architecture: Architecture;
  layers: LayerParameters[];
  optimizerState: Map<string, Tensor>;
}

/** What the metadata of a checkpoint's file says under "format". */
export const CHECKPOINT_FORMAT = 'stepnet-checkpoint-1';

/** @param more of the metadata; files that hold more than a checkpoint have a format of their own there */
export function encodeCheckpoint(
  checkpoint: Checkpoint,
  more: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const { architecture, layers } = checkpoint;
  const tensors = new Map([...checkpoint.optimizerState, ...layerTensors(architecture.layers, layers)]);
  const metadata = new Map([
    ['format', CHECKPOINT_FORMAT],
    ['step', String(checkpoint.step)],
    ['configHash', checkpoint.configHash],
    ['loss', String(checkpoint.loss)],
    ['layers', JSON.stringify(architecture.layers)],
    ['activation', architecture.activation],
    ['output', architecture.output],
    ['lossFunction', architecture.loss],
    ...Object.entries(more),
  ]);
  return encodeSafetensors(tensors, metadata);
}

/**
 * @param expected format; whatever else its file holds besides weights is among the optimizer's tensors
 * @throws IntegrityError when the bytes are no checkpoint, or a weight is missing, misshapen or not finite
 */
export function decodeCheckpoint(bytes: Uint8Array, expected = CHECKPOINT_FORMAT): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata.get('format') !== expected) {
    throw new IntegrityError(
      `checkpoint: format ${shorten(metadata.get('format') ?? 'nothing')}, expected ${expected}`,
    );
  }
  const architecture: Architecture = {
    layers: decodeLayers('checkpoint', metadata.get('layers')),
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

/**
 * Layers as metadata have them.
 *
 * @param what has them, for errors
 * @throws IntegrityError when the text is none, or they don't fit each other
 */
export function decodeLayers(what: string, text = ''): LayerSpecs {
  try {
    const layers: unknown = JSON.parse(text);
    if (Array.isArray(layers)) {
      planLayers(layers, 'identity');
      return layers;
    }
  } catch (error) {
    throw new IntegrityError(`${what}: layers ${shorten(text)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  throw new IntegrityError(`${what}: layers ${shorten(text)}, expected a list`);
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
