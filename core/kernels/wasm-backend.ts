/** Engines on the WebAssembly kernels, on one thread or several. */

import { decodeBase64 } from '../bytes/text.ts';
import type { Architecture, LayerParameters } from '../network/architecture.ts';
import type { InputRows } from '../rows/input-rows.ts';
import { SINGLE_THREAD_WASM, THREADS_WASM } from './binary.ts';
import type { Backend, Engine } from './engine.ts';
import * as L from './layout.ts';
import { KernelMemory } from './memory.ts';
import { RowStore } from './row-store.ts';
import { type PhaseRunner, WasmEngine } from './wasm-engine.ts';
import { Instance, Module, type WasmMemory, type WasmModule } from './webassembly.ts';

/** What a worker thread needs: it instantiates `module` with `memory` and calls its export `serve(pool)`. */
export interface WorkerJob {
  module: WasmModule;
  memory: WasmMemory;
  pool: number;
}

export interface WasmOptions {
  /** Threads besides which none is started; default 1. More need `startWorker`, and memory that can be shared. */
  threads?: number;
  /**
   * Starts a thread that does the job; it is not waited for: until it serves, the others do its work. The job ends some
   * time after the backend and all its engines are garbage.
   */
  startWorker?: (job: WorkerJob) => void;
  /** Makes a module of the kernels' bytes in another way than `new WebAssembly.Module(bytes)`. */
  compile?: (bytes: Uint8Array) => WasmModule;
}

export class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly #memory: KernelMemory;
  readonly #rows: RowStore;
  readonly #runner: PhaseRunner;

  /**
   * @throws ReferenceError where there is no WebAssembly; WebAssembly.CompileError where it has no SIMD
   * @throws RangeError for a number of threads that isn't possible
   */
  constructor({ threads = 1, startWorker, compile = (bytes) => new Module(bytes) }: WasmOptions = {}) {
    if (!Number.isInteger(threads) || threads < 1 || threads > L.MAX_THREADS) {
      throw new RangeError(`threads: got ${threads}, expected a whole number from 1 to ${L.MAX_THREADS}`);
    }
    const workers = startWorker === undefined ? 0 : threads - 1;
    this.#memory = new KernelMemory(workers > 0);
    this.#rows = new RowStore(this.#memory);
    this.#runner =
      startWorker === undefined || workers === 0
        ? singleThread(this.#memory, compile)
        : threadPool(this.#memory, workers, startWorker, compile);
  }

  createEngine(architecture: Architecture, layers: readonly LayerParameters[]): Engine {
    return new WasmEngine(architecture, layers, this.#memory, this.#rows, this.#runner);
  }

  place(x: InputRows): void {
    this.#rows.place(x);
  }

  /** Threads that are serving, the calling one among them. */
  get threads(): number {
    return this.#runner.threads();
  }
}

interface SingleThreadExports {
  forward(layout: number, thread: number): void;
  update(layout: number, thread: number): void;
}

interface ThreadsExports {
  runPhase(pool: number, operation: number, layout: number): void;
  awaitOthers(pool: number, layout: number): number;
  endPool(pool: number): void;
}

function instantiate<Exports>(module: WasmModule, { memory }: KernelMemory): Exports {
  return new Instance(module, { env: { memory } }).exports as unknown as Exports;
}

/** Runs the phases of engines in this memory on the calling thread. */
export function singleThread(
  memory: KernelMemory,
  compile: NonNullable<WasmOptions['compile']>,
): PhaseRunner {
  const module = compile(decodeBase64(SINGLE_THREAD_WASM));
  const { forward, update } = instantiate<SingleThreadExports>(module, memory);
  return {
    mostThreads: 1,
    threads: () => 1,
    forward: (layout) => forward(layout, 0),
    update: (layout) => update(layout, 0),
  };
}

/** Ends the threads of a runner that is garbage, as are then all that used it. */
const abandonedRunners = new FinalizationRegistry<() => void>((end) => end());

function threadPool(
  memory: KernelMemory,
  workers: number,
  startWorker: (job: WorkerJob) => void,
  compile: NonNullable<WasmOptions['compile']>,
): PhaseRunner {
  const module = compile(decodeBase64(THREADS_WASM));
  const { runPhase, awaitOthers, endPool } = instantiate<ThreadsExports>(module, memory);
  // The memory's own, because the workers look at it for as long as they live.
  const pool = memory.allocate(L.POOL_BYTES, memory);
  for (let worker = 0; worker < workers; worker++) startWorker({ module, memory: memory.memory, pool });
  const run = (operation: number, layout: number) => {
    runPhase(pool, operation, layout);
    while (awaitOthers(pool, layout) !== 0);
  };
  const runner: PhaseRunner = {
    mostThreads: 1 + workers,
    threads: () => 1 + memory.views.i32[(pool + L.POOL_READY) >> 2]!,
    forward: (layout) => run(L.OPERATION_FORWARD, layout),
    update: (layout) => run(L.OPERATION_UPDATE, layout),
  };
  abandonedRunners.register(runner, () => endPool(pool));
  return runner;
}
