/**
 * A model as a file: its checkpoint as safetensors, and beside it what turns rows into inputs and outputs into classes or
 * numbers. The scales are F64 tensors, x.offset and x.divisor by column, y.offset and y.divisor by target.
 */

import { shorten } from '../bytes/quote.ts';
import { decodeSafetensors } from '../bytes/safetensors.ts';
import { ConfigError, IntegrityError } from '../errors.ts';
import { filledLike, STATE_COUNT } from '../kernels/engine.ts';
import { pictureIn } from '../network/layers.ts';
import { inputsOf, outputsOf } from '../network/plan.ts';
import {
  CHECKPOINT_FORMAT,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from '../training/checkpoint.ts';
import { encodeState } from '../training/optimizer.ts';
import { type ModelConfig, modelConfig } from './config.ts';
import { type ModelEncoding, type OutputEncoding, unitsOf } from './encoding.ts';
import { keptOptions, type ModelMetadata, putScales, readMetadata, takeScales } from './file-parts.ts';
import { fixedEncoding, type InputEncoding, isFixed } from './input-encoding.ts';
import type { LoadOptions, ModelOptions, Task } from './options.ts';

const FORMAT = 'stepnet-model-1';

export interface StoredModel {
  config: ModelConfig;
  encoding: ModelEncoding;
  checkpoint: Checkpoint;
  /** Begun so far. */
  epochs: number;
}

export function encodeModel({ config, encoding, checkpoint, epochs }: StoredModel): Uint8Array<ArrayBuffer> {
  const { inputs, outputs } = encoding;
  const { task, classes, areRows } = outputs;
  const options = keptOptions(config);
  const model: ModelMetadata = { task, classes, areRows, scaling: inputs.scaling, epochs, options };
  const besides = new Map(checkpoint.optimizerState);
  if (!isFixed(inputs.scaling)) putScales(besides, 'x', inputs.scales);
  if (outputs.scales.length > 0) putScales(besides, 'y', outputs.scales);
  const metadata = { format: FORMAT, model: JSON.stringify(model) };
  return encodeCheckpoint({ ...checkpoint, optimizerState: besides }, metadata);
}

/**
 * @param options `scaling` and `classes` of a checkpoint, and of nothing else
 * @throws IntegrityError when the bytes are neither a model nor a checkpoint, or are damaged
 * @throws ConfigError for a checkpoint without a scaling, or a model with options that it has itself
 */
export function decodeModel(bytes: Uint8Array, options: LoadOptions): StoredModel {
  const { metadata } = decodeSafetensors(bytes);
  const format = metadata.get('format') ?? 'none';
  if (format === CHECKPOINT_FORMAT) return ofCheckpoint(decodeCheckpoint(bytes), options);
  if (format !== FORMAT) {
    throw new IntegrityError(
      `model: format ${shorten(format)}, expected ${FORMAT} as save() writes it, or ${CHECKPOINT_FORMAT}`,
    );
  }
  for (const name of ['scaling', 'classes'] as const) {
    if (options[name] !== undefined) throw new ConfigError(`${name}: got it for a file that says it itself`);
  }
  const { options: kept, epochs, scaling, ...words } = readMetadata(metadata.get('model') ?? '');
  const checkpoint = decodeCheckpoint(bytes, FORMAT);
  const { layers } = checkpoint.architecture;
  const besides = checkpoint.optimizerState;
  const scales = isFixed(scaling) ? [] : takeScales(besides, 'x');
  const outputs: OutputEncoding = { ...words, scales: takeScales(besides, 'y') };
  const inputs: InputEncoding = isFixed(scaling)
    ? fixedEncoding(scaling, inputsOf(layers))
    : { scaling, scales };
  const encoding = { inputs: { ...inputs, picture: pictureIn(layers) }, outputs };
  checkFit(encoding, checkpoint);
  return { config: configOf(checkpoint, outputs, kept), encoding, checkpoint, epochs };
}

/** A run's, which doesn't say how its rows were made; training goes on from its weights with an optimizer of its own. */
function ofCheckpoint(from: Checkpoint, { scaling, classes }: LoadOptions): StoredModel {
  if (scaling === undefined) {
    throw new ConfigError(
      'scaling: got none for a checkpoint, which does not say it: expected "pixels" for one of pictures, ' +
        '"none" where you scale rows yourself',
    );
  }
  const { layers: specs, output } = from.architecture;
  const units = outputsOf(specs);
  const task: Task = output === 'softmax' ? 'classification' : 'regression';
  if (classes !== undefined && (task === 'regression' || classes.length !== units)) {
    throw new ConfigError(
      `classes: got ${classes.length}, the checkpoint is of a ${task} with ${units} outputs`,
    );
  }
  const outputs: OutputEncoding = {
    task,
    classes: task === 'regression' ? [] : (classes ?? Array.from({ length: units }, (_, k) => k)),
    scales: task === 'regression' ? Array.from({ length: units }, () => ({ offset: 0, divisor: 1 })) : [],
    areRows: units > 1,
  };
  const inputs = { ...fixedEncoding(scaling, inputsOf(specs)), picture: pictureIn(specs) };
  const encoding = { inputs, outputs };
  const config = configOf(from, outputs, {});
  const state = Array.from({ length: STATE_COUNT[config.optimizer] }, () => filledLike(from.layers, 0));
  const checkpoint = {
    ...from,
    step: 0,
    loss: null,
    optimizerState: encodeState(config.optimizer, from.architecture.layers, state),
  };
  return { config, encoding, checkpoint, epochs: 0 };
}

function configOf(
  { architecture }: Checkpoint,
  { task, classes }: OutputEncoding,
  options: ModelOptions,
): ModelConfig {
  try {
    return modelConfig({
      ...options,
      task,
      layers: architecture.layers,
      activation: architecture.activation,
      classes: task === 'classification' ? classes : undefined,
    });
  } catch (error) {
    throw new IntegrityError(`model: ${(error as Error).message}`, { cause: error });
  }
}

function checkFit(encoding: ModelEncoding, { architecture }: Checkpoint): void {
  const { inputs, outputs } = encoding;
  const { layers, output, loss } = architecture;
  const words =
    outputs.task === 'classification' ? ['softmax', 'crossEntropy'] : ['identity', 'meanSquaredError'];
  const isFit =
    inputsOf(layers) === inputs.scales.length &&
    outputsOf(layers) === unitsOf(outputs) &&
    [output, loss].join() === words.join() &&
    (outputs.areRows || outputs.task === 'classification' || outputs.scales.length === 1);
  if (isFit) return;
  throw new IntegrityError(
    `model: a ${outputs.task} of ${inputs.scales.length} inputs and ${unitsOf(outputs)} outputs, ` +
      `the network is ${JSON.stringify(architecture)}`,
  );
}
