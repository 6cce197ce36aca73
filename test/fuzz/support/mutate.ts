/** Valid files damaged as chance and malice do: bits, fields set to extremes, cuts, repetitions, parts of other files. */
import fc from 'fast-check';
import ODD from '../../fixtures/fuzz/odd.json' with { type: 'json' };

/** Values that sizes, offsets and counts are wrong with, as little-endian bytes are made of them. */
const EXTREMES = [
  ...[0n, 1n, 2n],
  ...[7n, 8n, 15n, 16n, 31n, 32n, 53n, 63n, 64n].map((bits) => (1n << bits) - 1n),
  ...[16n, 31n, 32n, 53n].map((bits) => 1n << bits),
];

interface Edit {
  kind: number;
  at: number;
  length: number;
  value: number;
}

/** Most edits are near the start, where headers are. */
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.nat(9),
  at: fc.oneof(fc.nat(40), fc.nat(300), fc.nat(0xffff_ffff)),
  length: fc.oneof(fc.nat(8), fc.nat(300)),
  value: fc.nat(0xffff),
});

/** One of the files, or one in some thousand as it is. */
export function mutated(
  files: readonly Uint8Array[],
  { maxEdits = 4, minEdits = 0 }: { maxEdits?: number; minEdits?: number } = {},
): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(
      fc.nat(files.length - 1),
      fc.nat(files.length - 1),
      fc.array(edit, { minLength: minEdits, maxLength: maxEdits }),
    )
    .map(([index, other, edits]) =>
      edits.reduce((bytes, change) => apply(bytes, change, files[other]!), files[index]!),
    );
}

/** `bytes` with one change. @param other a file to take parts from */
export function apply(bytes: Uint8Array, { kind, at, length, value }: Edit, other: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes;
  const start = at % bytes.length;
  const end = Math.min(bytes.length, start + length);
  const copy = Uint8Array.from(bytes);
  switch (kind) {
    case 0:
      copy[start]! ^= 1 << (value & 7);
      return copy;
    case 1:
      copy[start] = value & 0xff;
      return copy;
    case 2:
    case 3:
    case 4:
      return withNumber(copy, start, 2 ** (kind - 1), value);
    case 5:
      return copy.subarray(0, start);
    case 6:
      return concat(copy.subarray(0, start), copy.subarray(end));
    case 7:
      return concat(copy.subarray(0, end), copy.subarray(start));
    case 8:
      return concat(copy.subarray(0, start), other.subarray(value % (other.length + 1)));
    default: {
      const inserted = Uint8Array.from({ length }, (_, i) => (value * (i + 1)) >> 3);
      return concat(copy.subarray(0, start), inserted, copy.subarray(start));
    }
  }
}

/** An extreme of 2, 4 or 8 bytes, in either order. */
function withNumber(bytes: Uint8Array, at: number, width: number, value: number): Uint8Array {
  const number = EXTREMES[value % EXTREMES.length]!;
  const isBig = (value & 0x100) !== 0;
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    const shift = BigInt(8 * (isBig ? width - 1 - i : i));
    bytes[at + i] = Number((number >> shift) & 0xffn);
  }
  return bytes;
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Numbers that sizes must not be, and some that they may. */
export const oddNumber: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }) },
  fc.constantFrom(-1, -0, 0.5, 1e21, 1e300, -1e300, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 60),
  fc.constantFrom(255, 256, 65_535, 65_536, 99_999_999, 1_000_000_000),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** Texts that have surprised programs before. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(...ODD.texts, '\ud800', 'a\udfffb', '💩'.repeat(40), 'x'.repeat(5000)),
);
