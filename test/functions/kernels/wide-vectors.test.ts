/** The kernels in vectors of 256 bits: only where they can be had, and only if they give the same bits. */
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../../core/bytes/text.ts';
import { SINGLE_THREAD_WASM } from '../../../core/kernels/binary.ts';
import type { Backend } from '../../../core/kernels/engine.ts';
import { WasmBackend } from '../../../core/kernels/wasm-backend.ts';
import { Module } from '../../../core/kernels/webassembly.ts';
import { createKernels, type KernelFacts } from '../../../functions/kernels/kernels.ts';
import { differenceOf } from '../../../functions/kernels/self-test.ts';
import { type Platform, widestVectors } from '../../../functions/kernels/wide-vectors.ts';
import { expectSameFirstLayers, expectSameHiddenLayers } from '../../core/kernels/tiles.ts';
import { howMany, needs } from '../../support/needs.ts';

const HERE = widestVectors(1);
const onWide = needs(HERE.bits === 256, `vectors of 256 bits: ${HERE.reason}`);
const PLATFORM: Platform = {
  arch: 'x64',
  v8: '13.6.233.17-node.53',
  cpuFlags: () => 'flags\t\t: fpu avx avx2 fma',
  compile: (bytes) => new Module(bytes),
};

describe('vectors of 256 bits', () => {
  it('are taken where the processor and V8 can', () => {
    expect(widestVectors(1, PLATFORM)).toEqual({ bits: 256, compile: PLATFORM.compile });
    expect(widestVectors(2, PLATFORM)).toEqual({ bits: 256, compile: PLATFORM.compile });
  });

  const missing = (): string => {
    throw new Error('ENOENT');
  };
  it.each<[string, Partial<Platform>, string]>([
    ['on arm64', { arch: 'arm64' }, 'arm64 has vectors of 128 bits'],
    ['in the V8 of Node 20', { v8: '11.3.244.8-node.33' }, "V8 11.3.244.8-node.33 can't join vectors"],
    ['without AVX2', { cpuFlags: () => 'flags\t\t: fpu avx avx2x' }, 'the processor has no AVX2'],
    ['where nobody says', { cpuFlags: missing }, "doesn't say whether it has AVX2: ENOENT"],
    [
      'when they can not be compiled',
      {
        compile: () => {
          throw new Error('out of registers');
        },
      },
      'the self-test failed: out of registers',
    ],
  ])('are not, %s', (_where, other, reason) => {
    const vectors = widestVectors(1, { ...PLATFORM, ...other });
    expect(vectors.bits).toBe(128);
    expect(vectors.reason).toContain(reason);
    expect(() => new WasmBackend({ compile: vectors.compile })).not.toThrow();
  });

  it('are told with the threads when kernels are made', () => {
    const facts: KernelFacts[] = [];
    createKernels(1, 1, (one) => facts.push(one));
    const { bits, reason } = HERE;
    expect(facts).toEqual([{ threads: 1, vectorBits: bits, ...(reason === undefined ? {} : { reason }) }]);
  });
});

describe('the self-test', () => {
  // f32x4.add, f32x4.sub and f32x4.mul, as WebAssembly writes them.
  const [ADD, SUB, MUL] = [0xe4, 0xe5, 0xe6];
  const bytes = decodeBase64(SINGLE_THREAD_WASM);
  const sites = Array.from(bytes.keys()).filter(
    (at) => bytes[at] === 0xfd && [ADD, SUB, MUL].includes(bytes[at + 1]!) && bytes[at + 2] === 1,
  );
  const chosen = sites.filter(
    (_, index) => index % Math.ceil(sites.length / howMany(50, sites.length)) === 0,
  );

  it(`finds an operation that does another thing, ${chosen.length} times`, () => {
    expect(sites.length).toBeGreaterThan(300);
    const unnoticed = chosen.filter((at) => {
      const compile: Platform['compile'] = (original) => {
        const changed = Uint8Array.from(original);
        changed[at + 1] = changed[at + 1] === ADD ? SUB : ADD;
        return new Module(changed);
      };
      return widestVectors(1, { ...PLATFORM, compile }).bits === 256;
    });
    // Some are lanes that nobody reads, or copies that the compiler has left where it put a function into its callers.
    expect(unnoticed.length).toBeLessThan(0.05 * chosen.length);
  });

  it.each(['conv', 'maxPool', 'averagePool', 'dropout'])('reaches networks with %s', (kind) => {
    const plain = new WasmBackend();
    const wrongForSome: Backend = {
      name: plain.name,
      place: (x) => plain.place(x),
      createEngine: (architecture, [first, ...others]) => {
        const isWrong = architecture.layers.some((layer) => typeof layer === 'object' && kind in layer);
        const bias = first!.bias.map((value) => (isWrong ? value + 1 : value));
        return plain.createEngine(architecture, [{ ...first!, bias }, ...others]);
      },
    };
    expect(differenceOf(wrongForSome, plain)).toContain(`${kind} `);
  });
});

describe('what V8 joined equals the reference, whatever is left over of a tile:', onWide, () => {
  const backend = new WasmBackend({ compile: HERE.compile });
  it.each(['sigmoid', 'relu'] as const)('hidden layers of %s', (activation) => {
    expectSameHiddenLayers(backend, activation);
  });

  it.each([0, 3, 10])('first layers, of ten inputs %i not zero', (kept) => {
    expectSameFirstLayers(backend, kept);
  });
});
