/** An engine on the WebAssembly kernels: brings rows and what they should give to them and runs their two phases. */

import type { Architecture, LayerParameters } from '../network/architecture.ts';
import { batchLoss, expectedOf } from '../network/losses.ts';
import { inputsOf, type LayerPlan, planLayers } from '../network/plan.ts';
import { type InputRows, isPixelRows } from '../rows/input-rows.ts';
import type { TrainingRows } from '../rows/training-rows.ts';
import { checkBatch, checkNoise, checkRows } from './check-batch.ts';
import {
  BLOCK_ROWS,
  type Engine,
  filledLike,
  type Noise,
  type OptimizerName,
  type UpdateRule,
} from './engine.ts';
import * as L from './layout.ts';
import type { KernelMemory } from './memory.ts';
import { NetworkLayout } from './network-layout.ts';
import type { RowStore } from './row-store.ts';

/** Runs the phases of the network at an address, on however many threads there are. */
export interface PhaseRunner {
  /** Threads that may take part at most. */
  readonly mostThreads: number;
  /** Those that take part from now on; asked before each block. */
  threads(): number;
  forward(layout: number): void;
  update(layout: number): void;
}

export class WasmEngine implements Engine {
  readonly #architecture: Architecture;
  readonly #rows: RowStore;
  readonly #runner: PhaseRunner;
  #own: NetworkLayout | undefined;
  readonly #plan: readonly LayerPlan[];
  /** Of the last layer, [rows, outputs]. */
  #outputs = new Float32Array(0);

  constructor(
    architecture: Architecture,
    layers: readonly LayerParameters[],
    memory: KernelMemory,
    rows: RowStore,
    runner: PhaseRunner,
  ) {
    this.#architecture = architecture;
    this.#plan = planLayers(architecture.layers, architecture.activation);
    this.#rows = rows;
    this.#runner = runner;
    this.#own = new NetworkLayout(architecture, layers, memory, runner.mostThreads);
  }

  forward(x: InputRows, batch: Uint32Array): Float32Array {
    checkRows(inputsOf(this.#architecture.layers), x, batch);
    const { outputs } = this.#layout.records.at(-1)!;
    this.#layout.setNoise(undefined);
    if (this.#outputs.length < batch.length * outputs) {
      this.#outputs = new Float32Array(batch.length * outputs);
    }
    this.#layout.setHeader(L.IS_TRAINING, 0);
    for (let start = 0; start < batch.length; start += BLOCK_ROWS) {
      this.#runForward(x, batch.subarray(start, start + BLOCK_ROWS), false);
      this.#readOutputs(start, Math.min(BLOCK_ROWS, batch.length - start));
    }
    return this.#outputs.subarray(0, batch.length * outputs);
  }

  step(data: TrainingRows, batch: Uint32Array, rule: UpdateRule, wantLoss: boolean): number {
    checkNoise(this.#plan, rule.noise);
    this.#layout.setRule(rule);
    this.#layout.setNoise(rule.noise);
    return this.#train(data, batch, wantLoss);
  }

  gradients(
    data: TrainingRows,
    batch: Uint32Array,
    noise?: Noise,
  ): { loss: number; gradients: LayerParameters[] } {
    this.#layout.setNoise(noise);
    this.#layout.keepGradients();
    this.#layout.setHeader(L.UPDATE, L.UPDATE_NONE);
    const loss = this.#train(data, batch, true);
    const gradients = this.#layout.gradients();
    return { loss, gradients: Number.isNaN(loss) ? filledLike(gradients, loss) : gradients };
  }

  layers(): LayerParameters[] {
    return this.#layout.parameters();
  }

  state(kind: OptimizerName): LayerParameters[][] {
    return this.#layout.state(kind);
  }

  restoreState(state: readonly (readonly LayerParameters[])[]): void {
    this.#layout.restoreState(state);
  }

  release(): void {
    this.#own?.free();
    this.#own = undefined;
  }

  get #layout(): NetworkLayout {
    if (this.#own === undefined) throw new TypeError('engine: got a call after it was released');
    return this.#own;
  }

  #train(data: TrainingRows, batch: Uint32Array, wantLoss: boolean): number {
    const { outputs } = this.#layout.records.at(-1)!;
    checkBatch(this.#architecture, data, batch);
    if (batch.length > BLOCK_ROWS) this.#layout.keepGradients();
    if (wantLoss && this.#outputs.length < batch.length * outputs) {
      this.#outputs = new Float32Array(batch.length * outputs);
    }
    const expected = expectedOf(data, batch, outputs);
    this.#layout.setHeader(L.IS_TRAINING, 1);
    this.#layout.setHeader(L.BATCH_ROWS, batch.length);
    for (let start = 0; start < batch.length; start += BLOCK_ROWS) {
      const end = Math.min(start + BLOCK_ROWS, batch.length);
      this.#layout.setExpected(expected, start, end);
      this.#layout.setHeader(L.FIRST_ROW, start);
      const areFinite = this.#runForward(data.x, batch.subarray(start, end), true);
      if (!areFinite) return Number.NaN;
      if (wantLoss) this.#readOutputs(start, end - start);
      this.#layout.setHeader(L.IS_FIRST, start === 0 ? 1 : 0);
      this.#layout.setHeader(L.IS_LAST, end === batch.length ? 1 : 0);
      this.#layout.setHeader(L.NEXT_PIECE, 0);
      this.#runner.update(this.#layout.address);
    }
    return wantLoss ? batchLoss(this.#architecture.loss, this.#outputs, expected, outputs) : 0;
  }

  /** Runs the forward phase on one block; answers whether all outputs are finite, which only training asks. */
  #runForward(x: InputRows, block: Uint32Array, isTraining: boolean): boolean {
    const threads = Math.max(1, Math.min(this.#runner.threads(), block.length));
    this.#layout.reserve(block.length, isTraining, isPixelRows(x));
    this.#layout.setHeader(L.ROWS, block.length);
    this.#layout.setHeader(L.THREADS, threads);
    this.#layout.setHeader(L.CAPACITY, Math.ceil(block.length / threads));
    this.#point(x, block);
    this.#runner.forward(this.#layout.address);
    if (!isTraining) return true;
    const { i32 } = this.#layout.views;
    const flags = (this.#layout.address + L.IS_FINITE) >>> 2;
    for (let thread = 0; thread < threads; thread++) if (i32[flags + thread] === 0) return false;
    return true;
  }

  /** Says where the block's rows are; those that have no place are brought to one of their own. */
  #point(x: InputRows, block: Uint32Array): void {
    const known = this.#rows.find(x);
    const placed = known ?? this.#rows.bring(x, block);
    const { u32 } = this.#layout.views;
    const at = this.#layout.getHeader(L.BATCH) >>> 2;
    if (known !== undefined) u32.set(block, at);
    else for (let n = 0; n < block.length; n++) u32[at + n] = n;
    if (placed.kind === 'bytes') {
      this.#layout.setHeader(L.X_BYTES, placed.bytes);
      this.#layout.setHeader(L.X_STRIDE, placed.stride);
    } else {
      this.#layout.setHeader(L.X_BYTES, 0);
      this.#layout.setHeader(L.X_POINTERS, placed.pointers);
      this.#layout.setHeader(L.X_ENTRIES, placed.entries);
    }
  }

  #readOutputs(start: number, rows: number): void {
    const { outputs } = this.#layout.records.at(-1)!;
    this.#layout.readOutputs(this.#outputs.subarray(start * outputs), rows);
  }
}
