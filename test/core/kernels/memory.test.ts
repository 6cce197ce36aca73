import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelMemory } from '../../../core/kernels/memory.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { howMany, isProof } from '../../support/needs.ts';

const GIB = 2 ** 30;
const sizeOf = (memory: KernelMemory) => memory.memory.buffer.byteLength;
const owner = (): object => ({});
const owners3 = (): (object | undefined)[] => [owner(), owner(), owner()];

/** In a function of its own, because a test's own variables, unnamed ones too, may live until its end. */
function allocateAll(memory: KernelMemory, sizes: number[], owners: (object | undefined)[]): number[] {
  return sizes.map((bytes, index) => memory.allocate(bytes, owners[index]!));
}
/** A piece whose owner is garbage. */
const abandon = (memory: KernelMemory, bytes: number): number => memory.allocate(bytes, owner());

describe.each([false, true])('KernelMemory, shared: %s', (shared) => {
  it('hands out aligned, zeroed pieces, apart from each other and from address 0', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 70_000 }), { maxLength: 20 }), (sizes) => {
        const memory = new KernelMemory(shared);
        const keep = owner();
        let end = 1;
        for (const bytes of sizes) {
          const address = memory.allocate(bytes, keep);
          expect(address % 64).toBe(0);
          expect(address).toBeGreaterThanOrEqual(end);
          end = address + bytes;
          expect(end).toBeLessThanOrEqual(sizeOf(memory));
          const piece = memory.views.u8.subarray(address, end);
          expect(piece.every((byte) => byte === 0)).toBe(true);
          piece.fill(0xff);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('takes back what an owner has at once when it is freed, and from no other', async () => {
    const memory = new KernelMemory(shared);
    const [one, other] = [owner(), owner()];
    const first = memory.allocate(3000, one);
    const others = memory.allocate(500, other);
    memory.allocate(7000, one);
    memory.views.f32[others / 4] = 2.5;
    const end = sizeOf(memory);
    memory.free(one);
    memory.free(one);
    const next = owner();
    expect(memory.allocate(3000, next)).toBe(first);
    expect(memory.allocate(7000, other)).toBeLessThan(end);
    // Garbage later, it gives back nothing that is another's by then.
    await collectGarbage();
    expect(memory.allocate(3000, next)).not.toBe(first);
    expect(memory.views.f32[others / 4]).toBe(2.5);
  });

  it('keeps what is in it, and what views show, when it grows', () => {
    const memory = new KernelMemory(shared);
    const keep = owner();
    const address = memory.allocate(64, keep);
    memory.views.f32[address / 4] = 1.5;
    const before = memory.views;
    memory.allocate(10_000_000, keep);
    expect(sizeOf(memory)).toBeGreaterThan(10_000_000);
    expect(memory.views).not.toBe(before);
    expect(memory.views.u8.length).toBe(sizeOf(memory));
    expect(memory.views.f32[address / 4]).toBe(1.5);
    expect(memory.views.f32.buffer).toBe(memory.memory.buffer);
  });

  it('takes a piece back when its owner is garbage, and zeroes it for the next', async () => {
    const memory = new KernelMemory(shared);
    const first = abandon(memory, 5000);
    memory.views.u8.fill(0xff, first, first + 5000);
    await collectGarbage();
    expect(memory.allocate(5000, owner())).toBe(first);
    expect(memory.views.u8.subarray(first, first + 5000).every((byte) => byte === 0)).toBe(true);
  });

  it('enlarges a free piece at its end instead of leaving it behind', async () => {
    const memory = new KernelMemory(shared);
    const first = abandon(memory, 1_000_000);
    await collectGarbage();
    expect(memory.allocate(1_500_000, owner())).toBe(first);
    expect(sizeOf(memory)).toBeLessThan(1_700_000);
  });

  it('says so when it cannot grow any more, and is as good as before', () => {
    const memory = new KernelMemory(shared);
    const keep = owner();
    const before = sizeOf(memory);
    expect(() => memory.allocate(5 * GIB, keep)).toThrow(RangeError);
    expect(() => memory.allocate(5 * GIB, keep)).toThrow(
      /^kernels' memory: 53\d{8} bytes more than 65536 are not/,
    );
    expect(sizeOf(memory)).toBe(before);
    expect(memory.allocate(64, keep)).toBe(64);
  });

  // What is free is found the same way in both.
  if (shared && !isProof) return;

  it('takes nothing back while the owner lives', async () => {
    const memory = new KernelMemory(shared);
    const keep = owner();
    const pieces = [memory.allocate(100, keep), memory.allocate(100, keep)];
    await collectGarbage();
    expect(pieces).not.toContain(memory.allocate(100, owner()));
    expect(keep).toEqual({});
  });

  it('gives the rest of a piece that is larger than wanted', async () => {
    const memory = new KernelMemory(shared);
    const first = abandon(memory, 640);
    await collectGarbage();
    const keep = owner();
    expect([memory.allocate(64, keep), memory.allocate(500, keep)]).toEqual([first, first + 64]);
  });

  it.each([
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ])('joins pieces that are given back in the order %i, %i, %i', async (...order) => {
    const memory = new KernelMemory(shared);
    const owners = owners3();
    const first = allocateAll(memory, [1000, 2000, 3000], owners)[0]!;
    const keep = owner();
    memory.allocate(64, keep);
    for (const index of order) {
      owners[index] = undefined;
      await collectGarbage();
    }
    expect(memory.allocate(6000, keep)).toBe(first);
  });

  it("hands out right pieces whatever is taken and given back: none is anybody else's", async () => {
    const draws = fc.sample(fc.record({ bytes: fc.integer({ min: 1, max: 3000 }), drops: fc.nat(3) }), {
      numRuns: howMany(15, 40),
      seed: 7,
    });
    const memory = new KernelMemory(shared);
    let alive: { owner: object; address: number; bytes: number; mark: number }[] = [];
    let mark = 0;
    for (const { bytes, drops } of draws) {
      alive = alive.slice(drops);
      await collectGarbage();
      const own = owner();
      const address = memory.allocate(bytes, own);
      mark = (mark % 255) + 1;
      const { u8 } = memory.views;
      expect(u8.subarray(address, address + bytes).every((byte) => byte === 0)).toBe(true);
      u8.fill(mark, address, address + bytes);
      alive.push({ owner: own, address, bytes, mark });
      for (const piece of alive) {
        const content = u8.subarray(piece.address, piece.address + piece.bytes);
        expect(content.every((byte) => byte === piece.mark)).toBe(true);
      }
    }
    expect(sizeOf(memory)).toBeLessThan(300_000);
  });
});
