/**
 * The kernels in vectors of 256 bits. V8 can join pairs of their 128-bit operations where the processor has AVX2, if a flag
 * says so while they are compiled ("revectorization"). The flag is experimental: so it is set only in processes of our own,
 * only while the kernels are compiled, and what came of it runs only after a self-test.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { WasmBackend } from '../../core/kernels/wasm-backend.ts';
import { Module, type WasmModule } from '../../core/kernels/webassembly.ts';
import { differenceOf } from './self-test.ts';

/** How the kernels were compiled. */
export interface Vectors {
  bits: 128 | 256;
  /** Why they have no more. */
  reason?: string;
  /** The kernels' bytes as a module. */
  compile: (bytes: Uint8Array) => WasmModule;
}

/** As the library has them, which sets no flags of whose process it is in. */
export const PLAIN_VECTORS: Vectors = { bits: 128, compile: (bytes) => new Module(bytes) };

/** What decides; tests give others. */
export interface Platform {
  arch: string;
  v8: string;
  cpuFlags: () => string;
  compile: (bytes: Uint8Array) => WasmModule;
}

/** V8 13.6 of Node 24 is the first whose results were compared; Node 20's has no such flag. */
const FIRST_V8 = 13;
const REVECTORIZE = 'experimental-wasm-revectorize';
/** A section that means nothing: V8 gives a module that it has for the same bytes, however that one was compiled. */
const MARK = Uint8Array.of(0, 5, 4, ...Buffer.from('wide'));

const HERE: Platform = {
  arch: process.arch,
  v8: process.versions.v8,
  cpuFlags: () => readFileSync('/proc/cpuinfo', 'utf8'),
  compile: compileWide,
};

/**
 * The widest vectors that this process can have and that give the bits of 128-bit ones.
 *
 * @param threads whether several will run decides which build of the kernels is tested
 */
export function widestVectors(threads: number, platform: Platform = HERE): Vectors {
  const reason = whyNot(platform) ?? whyWrong(threads, platform.compile);
  return reason === undefined ? { bits: 256, compile: platform.compile } : { ...PLAIN_VECTORS, reason };
}

function whyNot({ arch, v8, cpuFlags }: Platform): string | undefined {
  if (arch !== 'x64') return `${arch} has vectors of 128 bits`;
  if (Number.parseInt(v8, 10) < FIRST_V8) return `V8 ${v8} can't join vectors, or not reliably`;
  try {
    return /\bavx2\b/.test(cpuFlags()) ? undefined : 'the processor has no AVX2';
  } catch (error) {
    return `the processor doesn't say whether it has AVX2: ${(error as Error).message}`;
  }
}

function whyWrong(threads: number, compile: Platform['compile']): string | undefined {
  // Workers that never come: the calling thread does all the work, in the build for several.
  const build = { threads: Math.min(threads, 2), startWorker: () => {} };
  try {
    const difference = differenceOf(new WasmBackend({ ...build, compile }), new WasmBackend(build));
    return difference && `the self-test found ${difference}`;
  } catch (error) {
    return `the self-test failed: ${(error as Error).message}`;
  }
}

/** Compiles all functions at once, by the optimizing compiler: what it does later no longer sees the flags. */
function compileWide(bytes: Uint8Array): WasmModule {
  const marked = new Uint8Array(bytes.length + MARK.length);
  marked.set(bytes);
  marked.set(MARK, bytes.length);
  setFlagsFromString(`--${REVECTORIZE} --no-liftoff --no-wasm-lazy-compilation`);
  try {
    return new Module(marked);
  } finally {
    setFlagsFromString(`--no-${REVECTORIZE} --liftoff --wasm-lazy-compilation`);
  }
}
