import { expect, it } from 'vitest';
import { multiplyHigh, philox4x32 } from '../../../core/random/philox.ts';

/** Known answers of Random123's kat_vectors. */
const KNOWN: [counter: number[], key: number[], expected: number[]][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

it.each(KNOWN)('philox4x32 of counter %j and key %j is the known answer', (counter, key, expected) => {
  const out = new Uint32Array(4);
  const [c0, c1, c2, c3] = counter as [number, number, number, number];
  philox4x32(c0, c1, c2, c3, key[0]!, key[1]!, out);
  expect([...out]).toEqual(expected);
});

it('multiplyHigh is the high word of the exact product', () => {
  for (const a of [0, 1, 0xffff, 0x10000, 0xdeadbeef, 0xffffffff]) {
    for (const b of [0, 1, 0xffff, 0x10000, 0x12345678, 0xffffffff]) {
      expect(multiplyHigh(a, b)).toBe(Number((BigInt(a) * BigInt(b)) >> 32n));
    }
  }
});
