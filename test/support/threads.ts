/** Kernels whose threads all serve already. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { WasmBackend } from '../../core/kernels/wasm-backend.ts';

const SOURCE = `
const { workerData: { module, memory, pool } } = require('node:worker_threads');
new WebAssembly.Instance(module, { env: { memory } }).exports.serve(pool);
`;

export async function startedThreads(threads: number): Promise<WasmBackend> {
  const backend = new WasmBackend({
    threads,
    startWorker: (job) => new Worker(SOURCE, { eval: true, workerData: job }).unref(),
  });
  while (backend.threads < threads) await sleep(5);
  return backend;
}
