/** Lays one network out in the kernels' memory: header, parameters, buffers and optimizer state. */

import type { Architecture, LayerParameters } from '../network/architecture.ts';
import type { Expected } from '../network/losses.ts';
import { PIXEL_SCALE } from '../rows/sparse-rows.ts';
import { BLOCK_ROWS, type Noise, type OptimizerName, STATE_COUNT, type UpdateRule } from './engine.ts';
import { ACTIVATION_CODES, type LayerRecord, recordsOf } from './layer-records.ts';
import * as L from './layout.ts';
import type { KernelMemory, Views } from './memory.ts';

const VECTOR_BYTES = 16;
const ENTRY_BYTES = 8;

/** The input that each byte stands for, rounded to float32. */
const BYTE_VALUES = Float32Array.from({ length: 256 }, (_, byte) => byte / PIXEL_SCALE);

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

/** Rows to make room for: twice as many as there is room for, or more, because the old room stays the engine's. */
function roomFor(rows: number, has: number): number {
  return rows <= has ? has : Math.min(BLOCK_ROWS, Math.max(rows, has * 2));
}

export class NetworkLayout {
  /** Address of the header. */
  readonly address: number;
  readonly records: readonly LayerRecord[];
  /** Indices of those with weights. */
  readonly #weighted: readonly number[];
  readonly #memory: KernelMemory;
  /** Room for the targets of a block; none before there are any. */
  #targets: number | undefined;
  /** Rows and threads that the buffers are large enough for. */
  #capacity = { forwardRows: 0, listRows: 0, trainingRows: 0, bucketRows: 0, threads: 0 };

  constructor(architecture: Architecture, layers: readonly LayerParameters[], memory: KernelMemory) {
    this.#memory = memory;
    const { records, isMixed } = recordsOf(architecture);
    this.records = records;
    this.#weighted = records.flatMap(({ inputs }, index) => (inputs > 0 ? [index] : []));
    this.address = this.#allocate(L.LAYERS + records.length * L.LAYER_BYTES);
    this.setHeader(L.LAYER_COUNT, records.length);
    this.setHeader(L.IS_MIXED, isMixed ? 1 : 0);
    this.setNoise(undefined);
    this.setHeader(L.ACTIVATION, ACTIVATION_CODES[architecture.activation]);
    this.setHeader(L.OUTPUT, architecture.output === 'softmax' ? L.SOFTMAX : L.LINEAR);
    this.setHeader(L.BATCH, this.#allocate(BLOCK_ROWS * 4));
    this.setHeader(L.LABELS, this.#allocate(BLOCK_ROWS * 4));
    this.setHeader(L.ZEROS, this.#allocate(this.#widestRow()));
    this.setHeader(L.SPANS, this.#allocate(BLOCK_ROWS * 8));
    this.setHeader(L.ROW_ADDRESSES, this.#allocate(BLOCK_ROWS * 4));
    this.setHeader(L.BYTE_VALUES, this.#allocate(BYTE_VALUES.length * 4));
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
      this.#set(index, L.BIAS, this.#allocate(this.records[index]!.stride * 4));
      this.#write(index, L.WEIGHTS, L.BIAS, layers[parameters]!);
    });
  }

  /** Views of the memory that the network is in; not to be kept across a call that may make room. */
  get views(): Views {
    return this.#memory.views;
  }

  /** Makes the buffers large enough; those that are stay. @param isBytes whether the block's rows are bytes */
  reserve(rows: number, threads: number, isTraining: boolean, isBytes: boolean): void {
    const has = this.#capacity;
    if (threads > has.threads) this.#reserveThreads(threads);
    const most = Math.max(threads, has.threads);
    const forwardRows = roomFor(rows, has.forwardRows);
    // Rows of bytes that are one tile wide are read as they are.
    const isListed = isBytes && this.records[0]!.stride * 4 > L.WIDEST_TILE * VECTOR_BYTES;
    const listRows = isListed ? roomFor(rows, has.listRows) : has.listRows;
    const trainingRows = isTraining ? roomFor(rows, has.trainingRows) : has.trainingRows;
    // Shares differ by a row at most, so that every number of threads up to the largest fits.
    const bucketRows = isTraining && !isBytes ? trainingRows + most : has.bucketRows;
    this.records.forEach((record, index) => {
      if (forwardRows > has.forwardRows) {
        this.#set(index, L.VALUES, this.#allocate(forwardRows * record.row * 4));
        if (record.isListed) this.#reserveLists(index, forwardRows);
      }
      if (trainingRows > has.trainingRows) {
        this.#set(index, L.DELTAS, this.#allocate(trainingRows * record.row * 4));
        if (record.seen > 0) this.#set(index, L.SEEN, this.#allocate(trainingRows * record.seen * 4));
      }
    });
    if (listRows > has.listRows) this.#reserveLists(0, listRows);
    if (bucketRows > has.bucketRows || (bucketRows > 0 && most > has.threads)) {
      const { inputs } = this.records[0]!;
      this.#set(0, L.CELLS, this.#allocate(most * inputs * 4));
      this.#set(0, L.BUCKETS, this.#allocate(bucketRows * inputs * ENTRY_BYTES));
    }
    this.#capacity = { forwardRows, listRows, trainingRows, bucketRows, threads: most };
  }

  #reserveThreads(threads: number): void {
    const bytes = this.#widestRow() * L.PIECE_ROWS;
    this.setHeader(L.SCRATCH_BYTES, bytes);
    this.setHeader(L.SCRATCH, this.#allocate(bytes * threads));
    this.setHeader(L.COLUMNS, this.#allocate(L.COLUMNS_BYTES * threads));
    this.setHeader(L.ENTRIES, this.#allocate(L.ENTRIES_BYTES * threads));
    this.setHeader(L.ENTRY_ENDS, this.#allocate(L.PIECE_ROWS * 4 * threads));
    const seen = Math.max(...this.records.map((record) => record.seen)) * 4;
    if (seen === 0) return;
    this.setHeader(L.PLACES_BYTES, seen);
    this.setHeader(L.PLACES, this.#allocate(seen * threads));
  }

  #reserveLists(index: number, rows: number): void {
    const { inputs } = this.records[index]!;
    this.#set(index, L.LISTS, this.#allocate(rows * (inputs + 2) * ENTRY_BYTES));
  }

  /** From now on gradients stay to be read. */
  keepGradients(): void {
    this.#weighted.forEach((index) => {
      const { stride } = this.records[index]!;
      if (this.#get(index, L.GRADIENT) !== 0) return;
      this.#set(index, L.GRADIENT, this.#allocateWeights(index));
      this.#set(index, L.BIAS_GRADIENT, this.#allocate(stride * 4));
    });
  }

  #reserveState(sets: number): void {
    for (const [weights, bias] of STATE_FIELDS.slice(0, sets)) {
      this.#weighted.forEach((index) => {
        const { stride } = this.records[index]!;
        if (this.#get(index, weights) !== 0) return;
        this.#set(index, weights, this.#allocateWeights(index));
        this.#set(index, bias, this.#allocate(stride * 4));
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
    this.#targets ??= this.#allocate(BLOCK_ROWS * stride * 4);
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

  /** Bytes. */
  #widestRow(): number {
    return Math.max(...this.records.map(({ stride }) => stride * 4));
  }

  #allocate(bytes: number): number {
    return this.#memory.allocate(bytes, this);
  }

  /** Room for a layer's [inputs, stride], and for whole groups of four rows, which the backward pass reads. */
  #allocateWeights(index: number): number {
    const { inputs, stride } = this.records[index]!;
    return this.#allocate(Math.ceil(inputs / 4) * 4 * stride * 4);
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
