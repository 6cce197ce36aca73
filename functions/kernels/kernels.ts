/** Where a function's arithmetic runs: on as many threads as its memory pays for. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Backend, BackendName, Engine } from '../../core/kernels/engine.ts';
import { MAX_THREADS } from '../../core/kernels/layout.ts';
import { referenceBackend } from '../../core/kernels/reference-engine.ts';
import { WasmBackend, type WasmOptions, type WorkerJob } from '../../core/kernels/wasm-backend.ts';
import type { Architecture, LayerParameters } from '../../core/network/architecture.ts';
import { MB_PER_VCPU } from '../contract/functions.ts';
import { type Vectors, widestVectors } from './wide-vectors.ts';

const WORKER = `
const { workerData: { module, memory, pool } } = require('node:worker_threads');
new WebAssembly.Instance(module, { env: { memory } }).exports.serve(pool);
`;

/** Kernels that know their engines. */
class ContainerKernels extends WasmBackend {
  readonly #engines: Engine[] = [];

  override createEngine(architecture: Architecture, layers: readonly LayerParameters[]): Engine {
    const engine = super.createEngine(architecture, layers);
    this.#engines.push(engine);
    return engine;
  }

  releaseEngines(): void {
    for (const engine of this.#engines.splice(0)) engine.release();
  }
}

let kernels: ContainerKernels | undefined;

/** What a log should say of kernels that were made. */
export interface KernelFacts {
  threads: number;
  vectorBits: Vectors['bits'];
  /** Why the vectors are no wider. */
  reason?: string;
}

/**
 * The same backend each time: it keeps the compiled kernels, the threads and the data that were brought to it for the
 * container's next invocations, which take it once each. Networks of the invocations before are released: a function
 * has memory for one.
 *
 * @param memoryMb the function's memory
 * @param report told what runs when the kernels are made
 */
export function backendFor(
  name: BackendName,
  memoryMb: number,
  report?: (facts: KernelFacts) => void,
): Backend {
  if (name === 'reference') return referenceBackend;
  kernels ??= new ContainerKernels(
    optionsFor(Math.floor(memoryMb / MB_PER_VCPU), availableParallelism(), report),
  );
  kernels.releaseEngines();
  return kernels;
}

/**
 * Kernels in the widest vectors that give the bits of all others.
 *
 * @param vcpus that are paid for
 * @param processors that are there: they may be more than what is paid for, and then share its time
 */
export function createKernels(
  vcpus: number,
  processors = availableParallelism(),
  report?: (facts: KernelFacts) => void,
): WasmBackend {
  return new WasmBackend(optionsFor(vcpus, processors, report));
}

function optionsFor(
  vcpus: number,
  processors: number,
  report: ((facts: KernelFacts) => void) | undefined,
): WasmOptions {
  const threads = Math.max(1, Math.min(vcpus, processors, MAX_THREADS));
  const { bits, reason, compile } = widestVectors(threads);
  report?.({ threads, vectorBits: bits, ...(reason === undefined ? {} : { reason }) });
  return { threads, startWorker, compile };
}

export function startWorker(job: WorkerJob): void {
  // It waits inside the kernels for as long as the process lives, and must not keep it alive.
  new Worker(WORKER, { eval: true, workerData: job }).unref();
}
