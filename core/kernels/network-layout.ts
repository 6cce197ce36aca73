/** Lays one network out in the kernels' memory: header, parameters, buffers and optimizer state. */

import type { Architecture, LayerParameters } from '../network/architecture.ts';
import type { Expected } from '../network/losses.ts';
import { PIXEL_SCALE } from '../rows/sparse-rows.ts';
import { type Noise, type OptimizerName, STATE_COUNT, type UpdateRule } from './engine.ts';
import { ACTIVATION_CODES, type LayerRecord, recordsOf } from './layer-records.ts';
import * as L from './layout.ts';
import type { KernelMemory, Views } from './memory.ts';
import {
  BLOCK_BYTES,
  BYTES,
  biasBytes,
  bucketBytes,
  frameBytes,
  headerBytes,
  listBytes,
  listsBytes,
  roomFor,
  targetBytes,
  threadBytes,
  turnedBytes,
  valueBytes,
  weightBytes,
  widestBytes,
} from './network-bytes.ts';

/** The input that each byte stands for, rounded to float32. */
const BYTE_VALUES = Float32Array.from({ length: BYTES }, (_, byte) => byte / PIXEL_SCALE);

const UPDATE_CODES: Readonly<Record<OptimizerName, number>> = {
  sgd: L.UPDATE_SGD,
  momentum: L.UPDATE_MOMENTUM,
  adagrad: L.UPDATE_ADAGRAD,
  adam: L.UPDATE_ADAM,
};
const STATE_FIELDS = [
  [L.STATE_1, L.BIAS_STATE_1],
  [L.STATE_2, L.BIAS_STATE_2],
] as const;

export class NetworkLayout {
  /** Address of the header. */
  readonly address: number;
  readonly records: readonly LayerRecord[];
  /** Indices of those with weights. */
  readonly #weighted: readonly number[];
  readonly #memory: KernelMemory;
  readonly #threads: number;
  /** Room for the targets of a block; none before there are any. */
  #targets: number | undefined;
  /** Rows that the buffers are large enough for. */
  #capacity = { forwardRows: 0, listRows: 0, trainingRows: 0, bucketRows: 0 };

  /** @param threads that may work on it at most */
  constructor(
    architecture: Architecture,
    layers: readonly LayerParameters[],
    memory: KernelMemory,
    threads: number,
  ) {
    this.#memory = memory;
    this.#threads = threads;
    const { records, isMixed } = recordsOf(architecture);
    this.records = records;
    this.#weighted = records.flatMap(({ inputs }, index) => (inputs > 0 ? [index] : []));
    this.address = this.#allocate(headerBytes(records));
    this.setHeader(L.LAYER_COUNT, records.length);
    this.setHeader(L.IS_MIXED, isMixed ? 1 : 0);
    this.setNoise(undefined);
    this.setHeader(L.ACTIVATION, ACTIVATION_CODES[architecture.activation]);
    this.setHeader(L.OUTPUT, architecture.output === 'softmax' ? L.SOFTMAX : L.LINEAR);
    this.#allocateFields(BLOCK_BYTES);
    this.setHeader(L.ZEROS, this.#allocate(widestBytes(records)));
    this.#allocateThreads();
    this.#memory.views.f32.set(BYTE_VALUES, this.getHeader(L.BYTE_VALUES) >>> 2);
    records.forEach(({ inputs, outputs, stride, fields, floats }, index) => {
      this.#set(index, L.INPUTS, inputs);
      this.#set(index, L.OUTPUTS, outputs);
      this.#set(index, L.STRIDE, stride * 4);
      for (const [field, value] of fields) this.#set(index, field, value);
      for (const [field, value] of floats) {
        this.#memory.views.f32[(this.address + L.LAYERS + index * L.LAYER_BYTES + field) >>> 2] = value;
      }
    });
    this.#weighted.forEach((index, parameters) => {
      this.#set(index, L.WEIGHTS, this.#allocateWeights(index));
      this.#set(index, L.BIAS, this.#allocate(biasBytes(this.records[index]!)));
      this.#write(index, L.WEIGHTS, L.BIAS, layers[parameters]!);
    });
  }

  /** Views of the memory that the network is in; not to be kept across a call that may make room. */
  get views(): Views {
    return this.#memory.views;
  }

  /** Gives all of its memory back; nothing of it is there any more. */
  free(): void {
    this.#memory.free(this);
  }

  /** Makes the buffers large enough; those that are stay. @param isBytes whether the block's rows are bytes */
  reserve(rows: number, isTraining: boolean, isBytes: boolean): void {
    const has = this.#capacity;
    const forwardRows = roomFor(rows, has.forwardRows);
    const listRows = isBytes && listsBytes(this.records) ? roomFor(rows, has.listRows) : has.listRows;
    const trainingRows = isTraining ? roomFor(rows, has.trainingRows) : has.trainingRows;
    const bucketRows = isTraining && !isBytes ? trainingRows : has.bucketRows;
    this.records.forEach((record, index) => {
      if (forwardRows > has.forwardRows) {
        this.#set(index, L.VALUES, this.#allocate(valueBytes(record, forwardRows)));
        if (record.isListed) this.#reserveLists(index, forwardRows);
      }
      if (trainingRows > has.trainingRows) {
        this.#set(index, L.DELTAS, this.#allocate(valueBytes(record, trainingRows)));
        const frames = frameBytes(record, trainingRows);
        if (frames > 0) this.#set(index, L.FRAME, this.#allocate(frames));
        const turned = turnedBytes(record, this.#threads);
        if (turned > 0 && has.trainingRows === 0) this.#set(index, L.TURNED, this.#allocate(turned));
      }
    });
    if (listRows > has.listRows) this.#reserveLists(0, listRows);
    const [first] = this.records;
    if (bucketRows > has.bucketRows && first!.inputs > 0) {
      const buckets = bucketBytes(first!, bucketRows, this.#threads);
      for (const [field, bytes] of Object.entries(buckets))
        this.#set(0, Number(field), this.#allocate(bytes));
    }
    this.#capacity = { forwardRows, listRows, trainingRows, bucketRows };
  }

  #allocateThreads(): void {
    const each = threadBytes(this.records);
    this.setHeader(L.SCRATCH_BYTES, each[L.SCRATCH]);
    this.setHeader(L.FRAMES_BYTES, each[L.FRAMES]);
    for (const [field, bytes] of Object.entries(each)) {
      if (bytes > 0) this.setHeader(Number(field), this.#allocate(bytes * this.#threads));
    }
  }

  #allocateFields(bytes: Readonly<Record<number, number>>): void {
    for (const [field, each] of Object.entries(bytes)) this.setHeader(Number(field), this.#allocate(each));
  }

  #reserveLists(index: number, rows: number): void {
    this.#set(index, L.LISTS, this.#allocate(listBytes(this.records[index]!, rows)));
  }

  /** From now on gradients stay to be read. */
  keepGradients(): void {
    this.#weighted.forEach((index) => {
      if (this.#get(index, L.GRADIENT) !== 0) return;
      this.#set(index, L.GRADIENT, this.#allocateWeights(index));
      this.#set(index, L.BIAS_GRADIENT, this.#allocate(biasBytes(this.records[index]!)));
    });
  }

  #reserveState(sets: number): void {
    for (const [weights, bias] of STATE_FIELDS.slice(0, sets)) {
      this.#weighted.forEach((index) => {
        if (this.#get(index, weights) !== 0) return;
        this.#set(index, weights, this.#allocateWeights(index));
        this.#set(index, bias, this.#allocate(biasBytes(this.records[index]!)));
      });
    }
  }

  /** Says how the next steps change the parameters. */
  setRule(rule: UpdateRule): void {
    this.#reserveState(STATE_COUNT[rule.kind]);
    this.setHeader(L.UPDATE, UPDATE_CODES[rule.kind]);
    const { f32 } = this.#memory.views;
    f32[(this.address + L.RATE) >>> 2] = rule.rate;
    f32[(this.address + L.WEIGHT_DECAY) >>> 2] = rule.weightDecay;
    f32[(this.address + L.FACTOR_1) >>> 2] = rule.factor1;
    f32[(this.address + L.FACTOR_2) >>> 2] = rule.factor2;
  }

  /** Says what dropout draws from; without it, it leaves nothing out. */
  setNoise(noise: Noise | undefined): void {
    this.setHeader(L.HAS_NOISE, noise === undefined ? 0 : 1);
    this.setHeader(L.NOISE_SEED, noise?.seed ?? 0);
    this.setHeader(L.NOISE_STEP, noise?.step ?? 0);
  }

  /** Says what the rows of the block from `start` to `end` of the batch should give. @param expected the batch's */
  setExpected(expected: Expected, start: number, end: number): void {
    if (!(expected instanceof Float32Array)) {
      this.setHeader(L.TARGETS, 0);
      this.#memory.views.u32.set(expected.subarray(start, end), this.getHeader(L.LABELS) >>> 2);
      return;
    }
    const { outputs, stride } = this.records.at(-1)!;
    this.#targets ??= this.#allocate(targetBytes(this.records));
    this.setHeader(L.TARGETS, this.#targets);
    const { f32 } = this.#memory.views;
    for (let n = start; n < end; n++) {
      const row = expected.subarray(n * outputs, (n + 1) * outputs);
      f32.set(row, (this.#targets >>> 2) + (n - start) * stride);
    }
  }

  /** Copies the last layer's values of the block's first rows to `out` [rows, outputs]. */
  readOutputs(out: Float32Array, rows: number): void {
    const last = this.records.length - 1;
    const { outputs, stride } = this.records[last]!;
    const { f32 } = this.#memory.views;
    const values = this.#get(last, L.VALUES) >>> 2;
    for (let n = 0; n < rows; n++) {
      const from = values + n * stride;
      for (let k = 0; k < outputs; k++) out[n * outputs + k] = f32[from + k]!;
    }
  }

  parameters(): LayerParameters[] {
    return this.#readAll(L.WEIGHTS, L.BIAS);
  }

  gradients(): LayerParameters[] {
    return this.#readAll(L.GRADIENT, L.BIAS_GRADIENT);
  }

  state(kind: OptimizerName): LayerParameters[][] {
    this.#reserveState(STATE_COUNT[kind]);
    return STATE_FIELDS.slice(0, STATE_COUNT[kind]).map(([weights, bias]) => this.#readAll(weights, bias));
  }

  restoreState(state: readonly (readonly LayerParameters[])[]): void {
    this.#reserveState(state.length);
    state.forEach((layers, set) => {
      const [weights, bias] = STATE_FIELDS[set]!;
      for (const [parameters, layer] of layers.entries()) {
        this.#write(this.#weighted[parameters]!, weights, bias, layer);
      }
    });
  }

  #readAll(weightsField: number, biasField: number): LayerParameters[] {
    return this.#weighted.map((index) => {
      const { inputs, outputs, stride } = this.records[index]!;
      const { f32 } = this.#memory.views;
      const from = this.#get(index, weightsField) >>> 2;
      const weights = new Float32Array(inputs * outputs);
      for (let i = 0; i < inputs; i++) {
        weights.set(f32.subarray(from + i * stride, from + i * stride + outputs), i * outputs);
      }
      const bias = this.#get(index, biasField) >>> 2;
      return { weights, bias: f32.slice(bias, bias + outputs) };
    });
  }

  #write(index: number, weightsField: number, biasField: number, layer: LayerParameters): void {
    const { inputs, outputs, stride } = this.records[index]!;
    const { f32 } = this.#memory.views;
    const to = this.#get(index, weightsField) >>> 2;
    for (let i = 0; i < inputs; i++) {
      f32.set(layer.weights.subarray(i * outputs, (i + 1) * outputs), to + i * stride);
    }
    f32.set(layer.bias, this.#get(index, biasField) >>> 2);
  }

  #allocate(bytes: number): number {
    return this.#memory.allocate(bytes, this);
  }

  #allocateWeights(index: number): number {
    return this.#allocate(weightBytes(this.records[index]!));
  }

  /** Sets one of the header's i32 fields. */
  setHeader(field: number, value: number): void {
    this.#memory.views.i32[(this.address + field) >>> 2] = value;
  }

  /** One of the header's fields, as an address. */
  getHeader(field: number): number {
    return this.#memory.views.u32[(this.address + field) >>> 2]!;
  }

  #set(index: number, field: number, value: number): void {
    this.setHeader(L.LAYERS + index * L.LAYER_BYTES + field, value);
  }

  #get(index: number, field: number): number {
    return this.getHeader(L.LAYERS + index * L.LAYER_BYTES + field);
  }
}
