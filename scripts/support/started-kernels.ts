/** Kernels whose threads all serve already, so that what is measured or checked is what was asked for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WasmBackend } from '../../core/kernels/wasm-backend.ts';
import { startWorker } from '../../functions/kernels/kernels.ts';
import { type Vectors, widestVectors } from '../../functions/kernels/wide-vectors.ts';

const POLL_MS = 2;

/**
 * @param vectors the widest that the machine has, as in the app's functions, where none are named
 * @throws RangeError for a number of threads that isn't possible
 */
export async function startedKernels(
  threads: number,
  { compile }: Vectors = widestVectors(threads),
): Promise<WasmBackend> {
  const backend = new WasmBackend({ threads, startWorker, compile });
  while (backend.threads < threads) await sleep(POLL_MS);
  return backend;
}
