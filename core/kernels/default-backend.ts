/** The backend of whoever names none: the kernels on the calling thread, made on first use. */
import { checkWord } from '../network/architecture.ts';
import { BACKENDS, type Backend, type BackendName } from './engine.ts';
import { referenceBackend } from './reference-engine.ts';
import { WasmBackend } from './wasm-backend.ts';

let kernels: Backend | undefined;

export function defaultBackend(): Backend {
  kernels ??= new WasmBackend();
  return kernels;
}

/** @throws ConfigError for another name */
export function backendNamed(name: BackendName): Backend {
  checkWord('backend', name, BACKENDS);
  return name === 'reference' ? referenceBackend : defaultBackend();
}
