import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeBase64 } from '../../../core/bytes/text.ts';
import { SINGLE_THREAD_WASM, THREADS_WASM } from '../../../core/kernels/binary.ts';
import { MAX_PAGES } from '../../../core/kernels/memory.ts';
import { Instance, Memory, Module } from '../../../core/kernels/webassembly.ts';
import { BINARY_FILE, buildKernels } from '../../../scripts/build/kernels.ts';
import { readIfThere } from '../../../scripts/support/files.ts';
import { isProof } from '../../support/needs.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What the sources compile to; it is kept, outside of the proof, until a source, a setting or the compiler changes. */
async function compiled(): Promise<string> {
  const assembly = join(ROOT, 'core/kernels/assembly');
  const files = [
    ...readdirSync(assembly).map((name) => join(assembly, name)),
    ...['kernels.ts', 'kernels.asconfig.json'].map((name) => join(ROOT, 'scripts/build', name)),
    createRequire(import.meta.url).resolve('assemblyscript/package.json'),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file));
  const cache = join(ROOT, 'node_modules/.cache/stepnet-kernels');
  const kept = join(cache, hash.digest('hex'));
  const known = isProof ? undefined : readIfThere(kept);
  if (known !== undefined) return known;
  const built = await buildKernels();
  mkdirSync(cache, { recursive: true });
  writeFileSync(kept, built);
  return built;
}

it('is what its sources compile to, byte for byte; else run `npm run build-kernels`', async () => {
  expect((await compiled()) === readFileSync(BINARY_FILE, 'utf8')).toBe(true);
});

it.each([
  ['one thread', SINGLE_THREAD_WASM, false, ['forward', 'update']],
  ['several', THREADS_WASM, true, ['runPhase', 'serve', 'endPool']],
] as const)('needs nothing but memory, for %s', (_threads, base64, shared, names) => {
  const memory = new Memory({ initial: 1, maximum: MAX_PAGES, shared });
  const { exports } = new Instance(new Module(decodeBase64(base64)), { env: { memory } });
  expect(Object.keys(exports)).toEqual(expect.arrayContaining([...names]));
});
