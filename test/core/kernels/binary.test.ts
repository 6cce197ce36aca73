import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../../core/bytes/text.ts';
import { SINGLE_THREAD_WASM, THREADS_WASM } from '../../../core/kernels/binary.ts';
import { MAX_PAGES } from '../../../core/kernels/memory.ts';
import { Instance, Memory, Module } from '../../../core/kernels/webassembly.ts';
import { BINARY_FILE, buildKernels } from '../../../scripts/build/kernels.ts';

describe('core/kernels/binary.ts', () => {
  it('is what its sources compile to, byte for byte; else run `npm run build-kernels`', async () => {
    const [built, committed] = [await buildKernels(), await readFile(BINARY_FILE, 'utf8')];
    expect(built === committed).toBe(true);
  });

  it.each([
    ['one thread', SINGLE_THREAD_WASM, false, ['forward', 'update']],
    ['several', THREADS_WASM, true, ['runPhase', 'serve', 'endPool']],
  ] as const)('needs nothing but memory, for %s', (_threads, base64, shared, names) => {
    const memory = new Memory({ initial: 1, maximum: MAX_PAGES, shared });
    const { exports } = new Instance(new Module(decodeBase64(base64)), { env: { memory } });
    expect(Object.keys(exports)).toEqual(expect.arrayContaining([...names]));
  });
});
