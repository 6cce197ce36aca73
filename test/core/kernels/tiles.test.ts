/** The kernels against the reference, bit for bit, whatever is left over of a tile, on one thread and on two. */
import { describe, it } from 'vitest';
import type { Backend } from '../../../core/kernels/engine.ts';
import { WasmBackend } from '../../../core/kernels/wasm-backend.ts';
import { startedThreads } from '../../support/threads.ts';
import { expectSameFirstLayers, expectSameHiddenLayers } from './tiles.ts';

const backends: [name: string, backend: Backend][] = [
  ['one thread', new WasmBackend()],
  ['two threads', await startedThreads(2)],
];

describe.each(backends)('on %s', (_name, backend) => {
  it.each(['sigmoid', 'relu'] as const)('hidden layers of %s', (activation) => {
    expectSameHiddenLayers(backend, activation);
  });

  it.each([0, 3, 10])('first layers of every width, of ten inputs %i not zero', (kept) => {
    expectSameFirstLayers(backend, kept);
  });
});
