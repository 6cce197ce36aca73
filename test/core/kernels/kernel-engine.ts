/** An engine on the kernels of one thread, in a memory that a test can look at. */
import { decodeBase64 } from '../../../core/kernels/base64.ts';
import { SINGLE_THREAD_WASM } from '../../../core/kernels/binary.ts';
import type { Engine } from '../../../core/kernels/engine.ts';
import type { KernelMemory } from '../../../core/kernels/memory.ts';
import { RowStore } from '../../../core/kernels/row-store.ts';
import { type PhaseRunner, WasmEngine } from '../../../core/kernels/wasm-engine.ts';
import { Instance, Module } from '../../../core/kernels/webassembly.ts';
import type { Architecture, DenseLayer } from '../../../core/network/architecture.ts';

type Phase = (plan: number, thread: number) => void;

/** @returns the rows' store, and what makes engines */
export function kernelsIn(memory: KernelMemory) {
  const module = new Module(decodeBase64(SINGLE_THREAD_WASM));
  const { forward, update } = new Instance(module, { env: { memory: memory.memory } }).exports as {
    forward: Phase;
    update: Phase;
  };
  const runner: PhaseRunner = {
    threads: () => 1,
    forward: (plan) => forward(plan, 0),
    update: (plan) => update(plan, 0),
  };
  const rows = new RowStore(memory);
  const createEngine = (architecture: Architecture, layers: readonly DenseLayer[]): Engine =>
    new WasmEngine(architecture, layers, memory, rows, runner);
  return { rows, createEngine };
}
