/** Engines on the kernels of one thread, in a memory that a test can look at. */
import type { Engine } from '../../../core/kernels/engine.ts';
import type { KernelMemory } from '../../../core/kernels/memory.ts';
import { RowStore } from '../../../core/kernels/row-store.ts';
import { singleThread } from '../../../core/kernels/wasm-backend.ts';
import { WasmEngine } from '../../../core/kernels/wasm-engine.ts';
import { Module } from '../../../core/kernels/webassembly.ts';
import type { Architecture, LayerParameters } from '../../../core/network/architecture.ts';

/**
 * @param mostThreads that there is room for, though only one is there
 * @returns the rows' store, and what makes engines
 */
export function kernelsIn(memory: KernelMemory, mostThreads = 1) {
  const runner = { ...singleThread(memory, (bytes) => new Module(bytes)), mostThreads };
  const rows = new RowStore(memory);
  const createEngine = (architecture: Architecture, layers: readonly LayerParameters[]): Engine =>
    new WasmEngine(architecture, layers, memory, rows, runner);
  return { rows, createEngine };
}
