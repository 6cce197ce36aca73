/** An engine on the WebAssembly kernels: lays a network out in their memory and runs their two phases. */

import type { InputRows } from '../data/input-rows.ts';
import { PIXEL_SCALE } from '../data/sparse-rows.ts';
import {
  type Architecture,
  type DenseLayer,
  type LabelledRows,
  skipsZeros,
} from '../network/architecture.ts';
import { BATCH_LOSSES } from '../network/losses.ts';
import type { ActivationName, OptimizerName } from '../training/config.ts';
import { checkBatch, checkRows } from './check-batch.ts';
import { BLOCK_ROWS, type Engine, STATE_COUNT, type UpdateRule, undefinedGradients } from './engine.ts';
import type { KernelMemory } from './memory.ts';
import * as P from './plan.ts';
import type { RowStore } from './row-store.ts';

const VECTOR_BYTES = 16;
const ENTRY_BYTES = 8;

/** The input that each byte stands for, rounded to float32. */
const BYTE_VALUES = Float32Array.from({ length: 256 }, (_, byte) => byte / PIXEL_SCALE);

const ACTIVATION_CODES: Readonly<Record<ActivationName, number>> = {
  sigmoid: P.SIGMOID,
  relu: P.RELU,
  step: P.STEP,
  identity: P.IDENTITY,
};
const UPDATE_CODES: Readonly<Record<OptimizerName, number>> = {
  sgd: P.UPDATE_SGD,
  momentum: P.UPDATE_MOMENTUM,
  adagrad: P.UPDATE_ADAGRAD,
  adam: P.UPDATE_ADAM,
};
const STATE_FIELDS = [
  [P.STATE_1, P.BIAS_STATE_1],
  [P.STATE_2, P.BIAS_STATE_2],
] as const;

/** Runs the phases of a plan, on however many threads it has. */
export interface PhaseRunner {
  /** Threads that take part from now on; asked before each block. */
  threads(): number;
  forward(plan: number): void;
  update(plan: number): void;
}

const LINE_BYTES = 64;
/** Rows from this size on take an odd number of cache lines: an even one would put them into few of the cache's sets. */
const MANY_LINES_BYTES = 256;

/** Bytes of a row of `outputs` floats. */
function rowBytes(outputs: number): number {
  const bytes = Math.ceil((outputs * 4) / VECTOR_BYTES) * VECTOR_BYTES;
  if (bytes < MANY_LINES_BYTES) return bytes;
  const lines = Math.ceil(bytes / LINE_BYTES);
  return (lines + ((lines + 1) % 2)) * LINE_BYTES;
}

/** Rows to make room for: twice as many as there is room for, or more, because the old room stays the engine's. */
function roomFor(rows: number, has: number): number {
  return rows <= has ? has : Math.min(BLOCK_ROWS, Math.max(rows, has * 2));
}

interface LayerShape {
  inputs: number;
  outputs: number;
  /** Floats per row: the outputs, and lanes that stay zero. */
  stride: number;
}

export class WasmEngine implements Engine {
  readonly #architecture: Architecture;
  readonly #memory: KernelMemory;
  readonly #rows: RowStore;
  readonly #runner: PhaseRunner;
  readonly #shapes: LayerShape[];
  readonly #plan: number;
  readonly #batch: number;
  readonly #labels: number;
  /** Rows and threads that the buffers are large enough for. */
  #capacity = { forwardRows: 0, trainingRows: 0, trainingThreads: 0, threads: 0 };
  #outputs = new Float32Array(0);
  #targets = new Uint8Array(0);

  constructor(
    architecture: Architecture,
    layers: readonly DenseLayer[],
    memory: KernelMemory,
    rows: RowStore,
    runner: PhaseRunner,
  ) {
    this.#architecture = architecture;
    this.#memory = memory;
    this.#rows = rows;
    this.#runner = runner;
    this.#shapes = layers.map(({ weights, bias }) => ({
      inputs: weights.length / bias.length,
      outputs: bias.length,
      stride: rowBytes(bias.length) / 4,
    }));
    this.#plan = this.#allocate(P.LAYERS + layers.length * P.LAYER_BYTES);
    this.#batch = this.#allocate(BLOCK_ROWS * 4);
    this.#labels = this.#allocate(BLOCK_ROWS);
    this.#setHeader(P.LAYER_COUNT, layers.length);
    this.#setHeader(P.ACTIVATION, ACTIVATION_CODES[architecture.activation]);
    this.#setHeader(P.OUTPUT, architecture.output === 'softmax' ? P.SOFTMAX : P.LINEAR);
    this.#setHeader(P.BATCH, this.#batch);
    this.#setHeader(P.LABELS, this.#labels);
    this.#setHeader(P.ZEROS, this.#allocate(this.#widestRow()));
    this.#setHeader(P.SPANS, this.#allocate(BLOCK_ROWS * 8));
    this.#setHeader(P.ROW_ADDRESSES, this.#allocate(BLOCK_ROWS * 4));
    this.#setHeader(P.BYTE_VALUES, this.#allocate(BYTE_VALUES.length * 4));
    this.#memory.views.f32.set(BYTE_VALUES, this.#getHeader(P.BYTE_VALUES) >>> 2);
    layers.forEach((layer, index) => {
      const { inputs, outputs, stride } = this.#shapes[index]!;
      this.#set(index, P.INPUTS, inputs);
      this.#set(index, P.OUTPUTS, outputs);
      this.#set(index, P.STRIDE, stride * 4);
      this.#set(index, P.WEIGHTS, this.#allocateWeights(index));
      this.#set(index, P.BIAS, this.#allocate(stride * 4));
      this.#write(index, P.WEIGHTS, P.BIAS, layer);
    });
  }

  forward(x: InputRows, batch: Uint32Array): Float32Array {
    checkRows(this.#shapes[0]!.inputs, x, batch);
    const { outputs } = this.#shapes.at(-1)!;
    if (this.#outputs.length < batch.length * outputs) {
      this.#outputs = new Float32Array(batch.length * outputs);
    }
    this.#setHeader(P.IS_TRAINING, 0);
    for (let start = 0; start < batch.length; start += BLOCK_ROWS) {
      this.#runForward(x, batch.subarray(start, start + BLOCK_ROWS), false);
      this.#readOutputs(start, Math.min(BLOCK_ROWS, batch.length - start));
    }
    return this.#outputs.subarray(0, batch.length * outputs);
  }

  step(data: LabelledRows, batch: Uint32Array, rule: UpdateRule, wantLoss: boolean): number {
    this.#setRule(rule);
    return this.#train(data, batch, wantLoss);
  }

  gradients(data: LabelledRows, batch: Uint32Array): { loss: number; gradients: DenseLayer[] } {
    this.#keepGradients();
    this.#setHeader(P.UPDATE, P.UPDATE_NONE);
    const loss = this.#train(data, batch, true);
    const gradients = this.#readAll(P.GRADIENT, P.BIAS_GRADIENT);
    return Number.isNaN(loss) ? undefinedGradients(gradients) : { loss, gradients };
  }

  layers(): DenseLayer[] {
    return this.#readAll(P.WEIGHTS, P.BIAS);
  }

  state(kind: OptimizerName): DenseLayer[][] {
    this.#reserveState(STATE_COUNT[kind]);
    return STATE_FIELDS.slice(0, STATE_COUNT[kind]).map(([weights, bias]) => this.#readAll(weights, bias));
  }

  restoreState(state: readonly (readonly DenseLayer[])[]): void {
    this.#reserveState(state.length);
    state.forEach((layers, set) => {
      const [weights, bias] = STATE_FIELDS[set]!;
      for (const [index, layer] of layers.entries()) this.#write(index, weights, bias, layer);
    });
  }

  #train(data: LabelledRows, batch: Uint32Array, wantLoss: boolean): number {
    const { outputs } = this.#shapes.at(-1)!;
    checkBatch(this.#shapes[0]!.inputs, outputs, data, batch);
    if (batch.length > BLOCK_ROWS) this.#keepGradients();
    if (wantLoss && this.#outputs.length < batch.length * outputs) {
      this.#outputs = new Float32Array(batch.length * outputs);
    }
    if (this.#targets.length < batch.length) this.#targets = new Uint8Array(batch.length);
    for (let n = 0; n < batch.length; n++) this.#targets[n] = data.labels[batch[n]!]!;
    this.#setHeader(P.IS_TRAINING, 1);
    this.#setHeader(P.BATCH_ROWS, batch.length);
    for (let start = 0; start < batch.length; start += BLOCK_ROWS) {
      const end = Math.min(start + BLOCK_ROWS, batch.length);
      this.#memory.views.u8.set(this.#targets.subarray(start, end), this.#labels);
      const areFinite = this.#runForward(data.x, batch.subarray(start, end), true);
      if (!areFinite) return Number.NaN;
      if (wantLoss) this.#readOutputs(start, end - start);
      this.#setHeader(P.IS_FIRST, start === 0 ? 1 : 0);
      this.#setHeader(P.IS_LAST, end === batch.length ? 1 : 0);
      this.#setHeader(P.NEXT_PIECE, 0);
      this.#runner.update(this.#plan);
    }
    if (!wantLoss) return 0;
    return BATCH_LOSSES[this.#architecture.loss](
      this.#outputs,
      this.#targets.subarray(0, batch.length),
      outputs,
    );
  }

  /** Runs the forward phase on one block; answers whether all outputs are finite, which only training asks. */
  #runForward(x: InputRows, block: Uint32Array, isTraining: boolean): boolean {
    const threads = Math.max(1, Math.min(this.#runner.threads(), block.length));
    this.#reserve(block.length, isTraining, threads);
    this.#setHeader(P.ROWS, block.length);
    this.#setHeader(P.THREADS, threads);
    this.#setHeader(P.CAPACITY, Math.ceil(block.length / threads));
    this.#point(x, block);
    this.#runner.forward(this.#plan);
    if (!isTraining) return true;
    const { i32 } = this.#memory.views;
    const flags = (this.#plan + P.IS_FINITE) >>> 2;
    for (let thread = 0; thread < threads; thread++) if (i32[flags + thread] === 0) return false;
    return true;
  }

  /** Says where the block's rows are; those that have no place are brought to one of their own. */
  #point(x: InputRows, block: Uint32Array): void {
    const known = this.#rows.find(x);
    const placed = known ?? this.#rows.bring(x, block);
    const { u32 } = this.#memory.views;
    if (known !== undefined) u32.set(block, this.#batch >>> 2);
    else for (let n = 0; n < block.length; n++) u32[(this.#batch >>> 2) + n] = n;
    if (placed.kind === 'bytes') {
      this.#setHeader(P.X_BYTES, placed.bytes);
      this.#setHeader(P.X_STRIDE, placed.stride);
    } else {
      this.#setHeader(P.X_BYTES, 0);
      this.#setHeader(P.X_POINTERS, placed.pointers);
      this.#setHeader(P.X_ENTRIES, placed.entries);
    }
  }

  /** Makes the buffers large enough; those that are stay. */
  #reserve(rows: number, isTraining: boolean, threads: number): void {
    const has = this.#capacity;
    const most = Math.max(threads, has.threads);
    const forwardRows = roomFor(rows, has.forwardRows);
    const trainingRows = isTraining ? roomFor(rows, has.trainingRows) : has.trainingRows;
    const trainingThreads = isTraining ? most : has.trainingThreads;
    if (most > has.threads) {
      const bytes = this.#widestRow() * P.PIECE_ROWS;
      this.#setHeader(P.SCRATCH_BYTES, bytes);
      this.#setHeader(P.SCRATCH, this.#allocate(bytes * threads));
      this.#setHeader(P.COLUMNS, this.#allocate(P.COLUMNS_BYTES * threads));
    }
    if (forwardRows > has.forwardRows) {
      this.#shapes.forEach(({ inputs, stride }, index) => {
        this.#set(index, P.VALUES, this.#allocate(forwardRows * stride * 4));
        if (index === 0 || !skipsZeros(this.#architecture, index)) return;
        this.#set(index, P.LISTS, this.#allocate(forwardRows * (inputs + 2) * ENTRY_BYTES));
      });
    }
    if (trainingRows > has.trainingRows || trainingThreads > has.trainingThreads) {
      this.#reserveTraining(trainingRows, most);
    }
    this.#capacity = { forwardRows, trainingRows, trainingThreads, threads: most };
  }

  #reserveTraining(rows: number, threads: number): void {
    this.#shapes.forEach(({ inputs, stride }, index) => {
      this.#set(index, P.DELTAS, this.#allocate(rows * stride * 4));
      if (!skipsZeros(this.#architecture, index)) return;
      // Shares differ by a row at most, so that every number of threads up to the largest fits.
      const capacity = rows + threads;
      this.#set(index, P.CELLS, this.#allocate(threads * inputs * 4));
      this.#set(index, P.BUCKETS, this.#allocate(capacity * inputs * ENTRY_BYTES));
    });
  }

  #keepGradients(): void {
    this.#shapes.forEach(({ stride }, index) => {
      if (this.#get(index, P.GRADIENT) !== 0) return;
      this.#set(index, P.GRADIENT, this.#allocateWeights(index));
      this.#set(index, P.BIAS_GRADIENT, this.#allocate(stride * 4));
    });
  }

  #reserveState(sets: number): void {
    for (const [weights, bias] of STATE_FIELDS.slice(0, sets)) {
      this.#shapes.forEach(({ stride }, index) => {
        if (this.#get(index, weights) !== 0) return;
        this.#set(index, weights, this.#allocateWeights(index));
        this.#set(index, bias, this.#allocate(stride * 4));
      });
    }
  }

  #setRule(rule: UpdateRule): void {
    this.#reserveState(STATE_COUNT[rule.kind]);
    this.#setHeader(P.UPDATE, UPDATE_CODES[rule.kind]);
    const { f32 } = this.#memory.views;
    f32[(this.#plan + P.RATE) >>> 2] = rule.rate;
    f32[(this.#plan + P.WEIGHT_DECAY) >>> 2] = rule.weightDecay;
    f32[(this.#plan + P.FACTOR_1) >>> 2] = rule.factor1;
    f32[(this.#plan + P.FACTOR_2) >>> 2] = rule.factor2;
  }

  #readOutputs(start: number, rows: number): void {
    const last = this.#shapes.length - 1;
    const { outputs, stride } = this.#shapes[last]!;
    const { f32 } = this.#memory.views;
    const values = this.#get(last, P.VALUES) >>> 2;
    for (let n = 0; n < rows; n++) {
      const from = values + n * stride;
      for (let k = 0; k < outputs; k++) this.#outputs[(start + n) * outputs + k] = f32[from + k]!;
    }
  }

  #readAll(weightsField: number, biasField: number): DenseLayer[] {
    return this.#shapes.map(({ inputs, outputs, stride }, index) => {
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

  #write(index: number, weightsField: number, biasField: number, layer: DenseLayer): void {
    const { inputs, outputs, stride } = this.#shapes[index]!;
    const { f32 } = this.#memory.views;
    const to = this.#get(index, weightsField) >>> 2;
    for (let i = 0; i < inputs; i++) {
      f32.set(layer.weights.subarray(i * outputs, (i + 1) * outputs), to + i * stride);
    }
    f32.set(layer.bias, this.#get(index, biasField) >>> 2);
  }

  /** Bytes. */
  #widestRow(): number {
    return Math.max(...this.#shapes.map(({ stride }) => stride * 4));
  }

  #allocate(bytes: number): number {
    return this.#memory.allocate(bytes, this);
  }

  /** Room for a layer's [inputs, stride], and for whole groups of four rows, which the backward pass reads. */
  #allocateWeights(index: number): number {
    const { inputs, stride } = this.#shapes[index]!;
    return this.#allocate(Math.ceil(inputs / 4) * 4 * stride * 4);
  }

  #setHeader(field: number, value: number): void {
    this.#memory.views.i32[(this.#plan + field) >>> 2] = value;
  }

  #getHeader(field: number): number {
    return this.#memory.views.u32[(this.#plan + field) >>> 2]!;
  }

  #set(index: number, field: number, value: number): void {
    this.#setHeader(P.LAYERS + index * P.LAYER_BYTES + field, value);
  }

  #get(index: number, field: number): number {
    return this.#getHeader(P.LAYERS + index * P.LAYER_BYTES + field);
  }
}
