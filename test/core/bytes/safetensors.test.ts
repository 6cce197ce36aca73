import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeSafetensors,
  encodeSafetensors,
  float32Of,
  tensorOf,
} from '../../../core/bytes/safetensors.ts';
import { IntegrityError } from '../../../core/errors.ts';

/** A file from a header given as text, and data. */
function file(header: string, data: number[] = [], declared?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}
const entry = (more: object = {}) => ({ dtype: 'U8', shape: [2], data_offsets: [0, 2], ...more });
const header = (entries: object) => JSON.stringify(entries);

describe('encodeSafetensors', () => {
  it('round-trips and gives the same bytes whatever the order of insertion', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string(), fc.uint8Array({ maxLength: 20 })), {
          selector: ([name]) => name,
          maxLength: 6,
        }),
        fc.dictionary(fc.string(), fc.string()),
        (entries, metadata) => {
          const named = entries.filter(([name]) => name !== '__metadata__' && name !== '__proto__');
          const tensors = new Map(named.map(([name, data]) => [name, tensorOf(data, [data.length])]));
          const meta = new Map(Object.entries(metadata).filter(([key]) => key !== '__proto__'));
          const bytes = encodeSafetensors(tensors, meta);
          expect(encodeSafetensors(new Map([...tensors].reverse()), meta)).toEqual(bytes);
          const decoded = decodeSafetensors(bytes);
          expect(decoded.metadata).toEqual(meta);
          expect(new Map([...decoded.tensors].map(([name, { data }]) => [name, [...data]]))).toEqual(
            new Map(named.map(([name, data]) => [name, [...data]])),
          );
        },
      ),
    );
  });

  it('aligns the data to 8 bytes', () => {
    const bytes = encodeSafetensors(new Map([['x', tensorOf(Float32Array.of(1), [1])]]));
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
  });

  it('refuses a tensor whose bytes are not its shape', () => {
    expect(() => encodeSafetensors(new Map([['x', tensorOf(Float32Array.of(1, 2), [3])]]))).toThrow(
      IntegrityError,
    );
  });
});

describe('decodeSafetensors', () => {
  it('reads a file made by hand', () => {
    const { tensors, metadata } = decodeSafetensors(
      file(header({ __metadata__: { a: 'b' }, x: entry() }), [7, 8]),
    );
    expect(tensors.get('x')).toEqual({ dtype: 'U8', shape: [2], data: Uint8Array.of(7, 8) });
    expect(metadata.get('a')).toBe('b');
  });

  it("copies elements out of Node's Buffer, too, which is a piece of a larger one", () => {
    const file = encodeSafetensors(new Map([['x', tensorOf(Float32Array.of(1, 2), [2])]]));
    const values = float32Of('x', decodeSafetensors(Buffer.from(file)).tensors.get('x')!);
    expect(values).toEqual(Float32Array.of(1, 2));
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['fewer than 8 bytes', new Uint8Array(7), /7 bytes/],
    ['a header beyond the file', file('{}', [], 3n), /header of 3 bytes, at most 2/],
    ['a header of 2^63 bytes', file('{}', [], 2n ** 63n), /header of 9223372036854775808/],
    ['an empty header', file(''), /start with \{/],
    ['a header that is no JSON', file('{"x"'), /header: expected :/],
    ['a header that is no UTF-8', file('{').fill(0xff, 9), /header/],
    ['text after the header', file('{} x'), /unexpected text/],
    ['a repeated name', file(`{"x":${header(entry())},"x":${header(entry())}}`, [1, 2]), /repeated key "x"/],
    ['deep nesting', file(`{"x":${'['.repeat(100)}`), /deeper than/],
    ['metadata that is no text', file(header({ __metadata__: { a: 1 } })), /__metadata__\.a/],
    ['an entry that is no object', file('{"x":1}'), /"x": its entry/],
    ['an unknown field', file(header({ x: entry({ more: 1 }) }), [1, 2]), /unknown field "more"/],
    ['an unknown dtype', file(header({ x: entry({ dtype: 'U3' }) }), [1, 2]), /dtype "U3"/],
    [
      'a dtype from the prototype',
      file(header({ x: entry({ dtype: 'toString' }) }), [1, 2]),
      /dtype "toString"/,
    ],
    ['a negative size', file(header({ x: entry({ shape: [-2] }) }), [1, 2]), /shape/],
    ['a fractional size', file(header({ x: entry({ shape: [0.5] }) }), [1, 2]), /shape/],
    ['a size beyond 2^53', file(header({ x: entry({ shape: [2 ** 54] }) }), [1, 2]), /shape/],
    ['a product beyond 2^53', file(header({ x: entry({ shape: [2 ** 30, 2 ** 30] }) }), [1, 2]), /expected/],
    ['a shape that does not fit', file(header({ x: entry({ shape: [3] }) }), [1, 2]), /2 bytes for U8 \[3\]/],
    ['offsets the wrong way round', file(header({ x: entry({ data_offsets: [2, 0] }) }), [1, 2]), /outside/],
    [
      'offsets beyond the data',
      file(header({ x: entry({ shape: [9], data_offsets: [0, 9] }) }), [1, 2]),
      /outside/,
    ],
    ['one offset', file(header({ x: entry({ data_offsets: [0] }) }), [1, 2]), /pair/],
    [
      'an overlap',
      file(header({ x: entry(), y: entry({ shape: [1], data_offsets: [1, 2] }) }), [1, 2]),
      /begins at 1/,
    ],
    ['a hole', file(header({ x: entry({ data_offsets: [1, 3] }) }), [1, 2, 3]), /begins at 1/],
    ['bytes after the last tensor', file(header({ x: entry() }), [1, 2, 3]), /cover 2/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(IntegrityError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it('reads metadata of any length', () => {
    const note = 'é'.repeat(10_000_000);
    const bytes = encodeSafetensors(new Map(), new Map([['note', note]]));
    expect(decodeSafetensors(bytes).metadata.get('note') === note).toBe(true);
  });

  it.each([
    ['name', file(header({ ['n'.repeat(9000)]: 1 }))],
    ['field', file(header({ x: entry({ ['n'.repeat(9000)]: 1 }) }), [1, 2])],
    ['dtype', file(header({ x: entry({ dtype: 'n'.repeat(9000) }) }), [1, 2])],
    ['shape', file(header({ x: entry({ shape: new Array(9000).fill(1) }) }), [1, 2])],
    ['repeated name', file(`{"${'n'.repeat(9000)}":1,"${'n'.repeat(9000)}":1}`)],
  ])('shows only the beginning of a long %s', (_, bytes) => {
    expect(() => decodeSafetensors(bytes)).toThrow(/^.{20,400}$/);
  });

  it('takes __proto__ for a name like any other', () => {
    const { tensors } = decodeSafetensors(file(`{"__proto__":${header(entry())}}`, [1, 2]));
    expect([...tensors.keys()]).toEqual(['__proto__']);
    expect(Object.prototype).not.toHaveProperty('dtype');
  });
});
