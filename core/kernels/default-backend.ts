/** The backend of whoever names none: the kernels on the calling thread, made on first use. */
import type { Backend, BackendName } from './engine.ts';
import { referenceBackend } from './reference-engine.ts';
import { WasmBackend } from './wasm-backend.ts';

let kernels: Backend | undefined;

export function defaultBackend(): Backend {
  kernels ??= new WasmBackend();
  return kernels;
}

export function backendNamed(name: BackendName): Backend {
  return name === 'reference' ? referenceBackend : defaultBackend();
}
