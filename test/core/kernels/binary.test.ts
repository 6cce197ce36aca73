import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { decodeBase64 } from '../../../core/bytes/text.ts';
import { SINGLE_THREAD_WASM, THREADS_WASM } from '../../../core/kernels/binary.ts';
import { MAX_PAGES } from '../../../core/kernels/memory.ts';
import { Instance, Memory, Module } from '../../../core/kernels/webassembly.ts';
import { BINARY_FILE, buildKernels, digestOfSources } from '../../../scripts/build/kernels.ts';
import { proofOnly } from '../../support/needs.ts';

it('is of the sources as they are; else run `npm run build-kernels`', () => {
  expect(readFileSync(BINARY_FILE, 'utf8')).toContain(` * Sources: ${digestOfSources()}\n`);
});

it('is what its sources compile to, byte for byte', proofOnly, async () => {
  expect((await buildKernels()) === readFileSync(BINARY_FILE, 'utf8')).toBe(true);
});

it.each([
  ['one thread', SINGLE_THREAD_WASM, false, ['forward', 'update']],
  ['several', THREADS_WASM, true, ['runPhase', 'serve', 'endPool']],
] as const)('needs nothing but memory, for %s', (_threads, base64, shared, names) => {
  const memory = new Memory({ initial: 1, maximum: MAX_PAGES, shared });
  const { exports } = new Instance(new Module(decodeBase64(base64)), { env: { memory } });
  expect(Object.keys(exports)).toEqual(expect.arrayContaining([...names]));
});
