/** A network for people who have arrays: it finds out sizes, classes and scales by itself, and speaks in their units. */

import { ConfigError } from '../errors.ts';
import { encodeOnnx } from '../exchange/onnx.ts';
import { backendNamed } from '../kernels/default-backend.ts';
import type { Backend } from '../kernels/engine.ts';
import { explainClass } from '../model/explain.ts';
import { describeLayers } from '../network/describe-layers.ts';
import { denseRows } from '../rows/input-rows.ts';
import type { Checkpoint } from '../training/checkpoint.ts';
import { DEFAULT_CONFIG, type TrainingConfig } from '../training/config.ts';
import { Trainer } from '../training/trainer.ts';
import { checkLoadOptions, fitConfig, type ModelConfig, modelConfig } from './config.ts';
import {
  encodeAlone,
  encodeRows,
  gatherEncoding,
  type ModelEncoding,
  readRows,
  unitsOf,
} from './encoding.ts';
import { EpochRows } from './epoch-rows.ts';
import { type EpochReport, evaluateAtOnce, type ModelEvaluation } from './evaluation.ts';
import { decodeModel, encodeModel } from './file.ts';
import { type Inputs, isBufferOf } from './inputs.ts';
import type { FitOptions, LoadOptions, ModelOptions } from './options.ts';
import type { Label, Outputs } from './outputs.ts';
import { show } from './show.ts';
import { splitRows } from './split-rows.ts';
import { throwIfAborted, trainEpochs } from './train-epochs.ts';
import { nextTurn } from './turn.ts';

/** What a model has once it is fitted or loaded. */
interface Fitted {
  encoding: ModelEncoding;
  trainer: Trainer;
  source: EpochRows;
  /** Begun so far, by all calls. */
  epochs: number;
}

/**
 * Type parameter: what `predict` gives for a row. A number, of a classification its class; with names as classes write
 * `new Model<string>()`, for a regression with several targets `new Model<number[]>()`.
 */
export class Model<L extends Label | number[] = number> {
  #config: ModelConfig;
  #isTaskSaid: boolean;
  #fitted: Fitted | undefined;
  #isFitting = false;

  /** @throws ConfigError naming the option, its value and what is allowed */
  constructor(options: ModelOptions = {}) {
    this.#config = modelConfig(options);
    this.#isTaskSaid = options.task !== undefined;
  }

  /**
   * Trains on rows and what they should give. Called again it goes on from where it is, with the same scales and classes;
   * five epochs and five more give the same bits as ten. Others have their turn every few milliseconds.
   *
   * @param x rows of as many numbers each
   * @param y a class for each row; of a regression a number, or a row of them
   * @returns what each epoch came to
   * @throws ConfigError for options, DatasetError for x and y, naming what is wrong before anything is changed
   * @throws TrainingDivergedError when an output is no longer finite
   * @throws the signal's reason once it is aborted: the model is then what the last finished step made of it
   */
  async fit(x: Inputs, y: Outputs<L>, options: FitOptions<L> = {}): Promise<EpochReport[]> {
    const { validation, batchSize, signal, ...rest } = fitConfig(options);
    throwIfAborted(signal);
    if (this.#isFitting) throw new Error('fit: this model is being trained already: await the call before');
    this.#isFitting = true;
    try {
      const { task } = this.#config;
      const read = readRows('fit', task, x, y);
      const fraction = typeof validation === 'number' ? validation : 0;
      const rows = splitRows(read.x.rows, fraction, this.#config.seed);
      const encoding =
        this.#fitted?.encoding ?? gatherEncoding(read, rows.train, this.#config, this.#isTaskSaid);
      const train = encodeRows(encoding, read, rows.train);
      const others =
        typeof validation === 'object'
          ? encodeRows(encoding, readRows('fit', task, validation.x, validation.y, 'validation.'))
          : fraction > 0
            ? encodeRows(encoding, read, rows.validation)
            : undefined;
      await nextTurn();
      throwIfAborted(signal);
      this.#fitted ??= this.#begin(encoding);
      this.#fitted.source.begin(train, batchSize);
      this.#backend.place(train.x);
      return await trainEpochs(this.#fitted, { ...rest, signal, validation: others });
    } finally {
      this.#fitted?.source.end();
      this.#isFitting = false;
    }
  }

  /** Of each row its class, or the numbers that a regression predicts. @throws DatasetError naming the row and column */
  predict(x: Inputs): L[] {
    const { encoding, network } = this.#get('predict');
    const rows = encodeAlone('predict', encoding, x);
    if (rows === undefined) return [];
    const { classes, scales, areRows, task } = encoding.outputs;
    if (task === 'classification') return Array.from(network.predict(rows), (k) => classes[k] as L);
    const outputs = network.outputs(rows);
    const numberAt = (row: number, k: number) =>
      outputs[row * scales.length + k]! * scales[k]!.divisor + scales[k]!.offset;
    return Array.from({ length: rows.rows }, (_, row) => {
      return (areRows ? scales.map((_, k) => numberAt(row, k)) : numberAt(row, 0)) as L;
    });
  }

  /** Of each row the probability of each class, in the order of `classes`. @throws DatasetError as `predict` */
  predictProbabilities(x: Inputs): number[][] {
    const { encoding, network } = this.#get('predictProbabilities');
    const { task, classes } = encoding.outputs;
    if (task === 'regression')
      throw new Error('predictProbabilities: this model predicts numbers: call predict');
    const rows = encodeAlone('predictProbabilities', encoding, x);
    if (rows === undefined) return [];
    const outputs = network.outputs(rows);
    return Array.from({ length: rows.rows }, (_, row) => [
      ...outputs.subarray(row * classes.length, (row + 1) * classes.length),
    ]);
  }

  /**
   * Why: how much each input of a row speaks for its class, or for `of`, as gradient × input of the class's value before
   * softmax; below 0 against it. Inputs count as the network takes them, scaled. Of a regression `of` is the number of a
   * target, 0 for the first, in whose units it is.
   *
   * @returns [rows, columns]
   * @throws ConfigError for what is no class of the model, or no target; DatasetError as `predict`
   */
  explain(x: Inputs, of?: L extends Label ? L : number): Float32Array[] {
    const { encoding, network } = this.#get('explain');
    const { classes, scales, task } = encoding.outputs;
    const known = task === 'classification' ? classes : scales.map((_, k) => k);
    const chosen = of === undefined ? undefined : known.indexOf(of as Label);
    if (chosen === -1) throw new ConfigError(`explain: of: got ${show(of)}, expected one of ${show(known)}`);
    const rows = encodeAlone('explain', encoding, x);
    if (rows === undefined) return [];
    const predicted = task === 'classification' ? network.predict(rows) : undefined;
    const { architecture, layers } = network;
    return denseRows(rows).map((row, n) => {
      const k = chosen ?? predicted?.[n] ?? 0;
      const { divisor = 1 } = scales[k] ?? {};
      return explainClass(architecture, layers, row, k).map((contribution) => contribution * divisor);
    });
  }

  /** How well rows are predicted. @throws DatasetError naming the argument, the row and the column */
  evaluate(x: Inputs, y: Outputs<L>): ModelEvaluation {
    const { encoding, network } = this.#get('evaluate');
    const rows = encodeRows(encoding, readRows('evaluate', encoding.outputs.task, x, y));
    return evaluateAtOnce(network, rows, encoding.outputs.scales);
  }

  /** Classes in the order of the outputs; none of a regression, or before they are known. */
  get classes(): L[] {
    return [...(this.#fitted?.encoding.outputs.classes ?? this.#config.classes ?? [])] as L[];
  }

  /** Steps that the network has taken. */
  get step(): number {
    return this.#fitted?.trainer.step ?? 0;
  }

  /** What goes in and out, and a line for each layer: its shape, activation and parameters. */
  summary(): string {
    const { task, hidden } = this.#config;
    if (this.#fitted === undefined) {
      const layers = hidden.map((spec) => describeLayers([spec]));
      return `${task}, not trained yet: ${['inputs', ...layers, 'outputs'].join(' → ')}`;
    }
    const { inputs, outputs } = this.#fitted.encoding;
    const found =
      task === 'regression' ? `${outputs.scales.length} targets` : `classes ${show(outputs.classes)}`;
    const head = `${task}, ${inputs.scales.length} inputs (scaling ${inputs.scaling}), ${found}`;
    return `${head}\n${this.#fitted.trainer.network.summary()}`;
  }

  /** All that predicting and going on take, as safetensors with metadata. `Model.load` reads it. */
  save(): Uint8Array<ArrayBuffer> {
    const { encoding, trainer, epochs } = this.#get('save');
    return encodeModel({ config: this.#config, encoding, checkpoint: trainer.checkpoint(''), epochs });
  }

  /**
   * @param bytes what `save` gave, or the checkpoint of a run, whose scaling the options then say
   * @throws IntegrityError for other bytes, and damaged ones
   * @throws ConfigError naming the option, its value and what is allowed
   */
  static load<L extends Label | number[] = number>(
    bytes: Uint8Array | ArrayBuffer,
    options: LoadOptions = {},
  ): Model<L> {
    checkLoadOptions(options);
    if (!(bytes instanceof Uint8Array) && !isBufferOf(bytes)) {
      throw new ConfigError(`Model.load: bytes: got ${show(bytes)}, expected a Uint8Array or an ArrayBuffer`);
    }
    const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
    const { config, encoding, checkpoint, epochs } = decodeModel(view, options);
    const model = new Model<L>();
    model.#config = { ...config, backend: options.backend ?? config.backend };
    model.#isTaskSaid = true;
    model.#fitted = { ...model.#begin(encoding, checkpoint), epochs };
    return model;
  }

  /** The network as an ONNX model from x, unscaled, to y: probabilities, or numbers in the targets' units. */
  toOnnx(name = 'stepnet'): Uint8Array<ArrayBuffer> {
    const { encoding, network } = this.#get('toOnnx');
    return encodeOnnx(network.architecture, network.layers, name, {
      inputs: encoding.inputs.scales,
      outputs: encoding.outputs.scales,
    });
  }

  #get(call: string) {
    if (this.#fitted === undefined) throw new Error(`${call}: this model is not trained yet: call fit first`);
    return { ...this.#fitted, network: this.#fitted.trainer.network };
  }

  get #backend(): Backend {
    const { backend } = this.#config;
    return typeof backend === 'string' ? backendNamed(backend) : backend;
  }

  #begin(encoding: ModelEncoding, from?: Checkpoint): Fitted {
    const { task, hidden, classes: _, backend, ...training } = this.#config;
    const { inputs, outputs } = encoding;
    const isRegression = task === 'regression';
    const config: TrainingConfig = {
      ...DEFAULT_CONFIG,
      ...training,
      layers: [inputs.picture ?? inputs.scales.length, ...hidden, unitsOf(outputs)],
      output: isRegression ? 'identity' : 'softmax',
      loss: isRegression ? 'meanSquaredError' : 'crossEntropy',
      backend: typeof backend === 'string' ? backend : backend.name,
    };
    const source = new EpochRows(config.seed);
    return { encoding, source, trainer: new Trainer(config, source, from, this.#backend), epochs: 0 };
  }
}
