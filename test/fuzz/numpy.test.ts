/** IDX, .npy, .npz and pickles: any bytes are read rightly or refused with an error that says what is wrong. */
import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeNpy, decodeNpz } from '../../core/exchange/npy.ts';
import type { NumpyArray } from '../../core/exchange/numpy-array.ts';
import { decodePickle } from '../../core/exchange/pickle.ts';
import { OPCODE } from '../../core/exchange/pickle-opcodes.ts';
import { decodeWeights, encodeWeights } from '../../core/exchange/weights.ts';
import { readZip } from '../../core/exchange/zip.ts';
import { parseIdx } from '../../core/ingest/idx.ts';
import { decodeRows } from '../../functions/dataset/row-file.ts';
import { fixture, fixtures } from '../core/exchange/fixtures.ts';
import { ARRAY, DATA, DTYPE, EMPTY_ARRAY, latin1, short } from '../core/exchange/pickle-pieces.ts';
import { archive, deflated } from '../core/ingest/archive.ts';
import PICKLE_PIECES from '../fixtures/fuzz/pickle-pieces.json' with { type: 'json' };
import { expectClear, fuzz } from './support/fuzz.ts';
import { mutated, oddNumber, oddText } from './support/mutate.ts';

const size = (bytes: Uint8Array) => bytes.length;
const LIMIT = 1 << 20;
const product = (specs: readonly number[]) => specs.reduce((result, side) => result * side, 1);

describe('IDX', () => {
  const side = fc.oneof(
    { weight: 8, arbitrary: fc.nat(4) },
    fc.constantFrom(0xffff_ffff, 0x8000_0000, 65_536, 1_000_000_000),
  );
  const written = fc
    .record({
      start: fc.oneof(
        { weight: 12, arbitrary: fc.constant([0, 0, 8]) },
        fc.array(fc.nat(9), { maxLength: 3 }),
      ),
      shape: fc.array(side, { minLength: 1, maxLength: 5 }),
      dimensions: fc.option(fc.nat(255), { freq: 12 }),
      more: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.integer({ min: -2, max: 9 })),
    })
    .map(({ start, shape, dimensions, more }) => {
      const elements = product(shape);
      const length = Math.max(0, (elements > 3000 ? 0 : elements) + more);
      const bytes = Buffer.alloc(start.length + 1 + 4 * shape.length + length);
      bytes.set([...start, dimensions ?? shape.length]);
      for (const [index, value] of shape.entries()) bytes.writeUInt32BE(value, start.length + 1 + 4 * index);
      return Uint8Array.from(bytes);
    });
  const valid = latin1('\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x02abcdefgh');
  const inputs = fc.oneof(written, mutated([valid, latin1('\0\0\x08\x01\0\0\0\x03abc')]));

  it('has as many elements as its shape says, or is refused', async () => {
    const check = (bytes: Uint8Array): boolean => {
      try {
        const { shape, data } = parseIdx(bytes);
        expect(data.length).toBe(product(shape));
        expect(Buffer.from(data).equals(bytes.subarray(bytes.length - data.length))).toBe(true);
        return true;
      } catch (error) {
        expectClear(error, ['DatasetError']);
        return /elements for/.test((error as Error).message);
      }
    };
    await fuzz('IDX', inputs, check, { short: 500, deep: 0.2, size });
  });

  it('as a file of rows has no more of them than bytes', async () => {
    const check = (bytes: Uint8Array): boolean => {
      try {
        const { rows, columns, data } = decodeRows(bytes, 'rows');
        expect(rows * columns).toBe(data.length);
        expect(rows).toBeLessThanOrEqual(bytes.length);
        return true;
      } catch (error) {
        expectClear(error, ['DatasetError', 'IntegrityError']);
        return /elements for|expected images/.test((error as Error).message);
      }
    };
    await fuzz('rows of a batch', inputs, check, { short: 500, deep: 0.2, size });
  });
});

/** A version 1 .npy file. */
function npyOf(header: string, data: Uint8Array): Uint8Array {
  const text = Buffer.from(header, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length & 0xffff);
  return Uint8Array.from(Buffer.concat([latin1('\x93NUMPY\x01\0'), length, text, data]));
}

const npyFile = fc
  .record({
    descr: fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom("'<f4'", "'<f8'") },
      fc.constantFrom("'>f4'", "'|O'", "'<f4", '[]', "[('a','<f4')]", 'True', `'${'x'.repeat(9000)}'`),
    ),
    order: fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom('True', 'False') },
      fc.constantFrom("'C'", '()'),
    ),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    odd: fc.option(
      fc.oneof(
        fc.array(oddNumber, { maxLength: 40 }).map((specs) => `(${specs.join(', ')},)`),
        oddText.map((text) => text.replace(/[^\u0020-\u007e]/g, '?')),
      ),
      { freq: 6 },
    ),
    more: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(9)),
    end: fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom(' }\n', '}   \n') },
      fc.constantFrom('}', '\n', ' '.repeat(5000)),
    ),
  })
  .map(({ descr, order, shape, odd, more, end }) => {
    const tuple = odd ?? `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
    const width = descr === "'<f8'" ? 8 : 4;
    const values = Buffer.alloc(width * product(shape) + more);
    for (let k = 0; k < product(shape); k++) {
      if (width === 8) values.writeDoubleLE(k / 8, 8 * k);
      else values.writeFloatLE(k / 8, 4 * k);
    }
    return npyOf(`{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${tuple},${end}`, values);
  });

/** The elements one by one at the places that shape and order give them. */
function readSlowly(bytes: Uint8Array, { shape }: NumpyArray): number[] {
  const text = Buffer.from(bytes).toString('latin1');
  const isDouble = /'<f8'/.test(text);
  const isFortran = /'fortran_order': *True/.test(text);
  const width = isDouble ? 8 : 4;
  const count = product(shape);
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - width * count);
  return Array.from({ length: count }, (_, flat) => {
    let rest = flat;
    const index = shape.toReversed().map((side) => {
      const at = rest % side;
      rest = Math.floor(rest / side);
      return at;
    });
    const order = isFortran ? index : index.toReversed();
    const sides = isFortran ? shape.toReversed() : shape;
    const at = order.reduce((sum, position, dimension) => sum * sides[dimension]! + position, 0);
    return Math.fround(isDouble ? view.getFloat64(8 * at, true) : view.getFloat32(4 * at, true));
  });
}

const valid = ['version1.npy', 'version2.npy', 'version3.npy', 'float64.npy', 'fortran.npy', 'scalar.npy'];

it('.npy is read as its elements lie, or refused', async () => {
  const check = (bytes: Uint8Array): boolean => {
    try {
      const array = decodeNpy(bytes, 'x');
      expect(Array.from(array.values)).toEqual(readSlowly(bytes, array));
      return true;
    } catch (error) {
      expectClear(error, ['IntegrityError']);
      return /^array|header has|bytes for|dtype|shape/.test((error as Error).message);
    }
  };
  const inputs = fc.oneof({ weight: 2, arbitrary: npyFile }, mutated(valid.map(fixture)));
  await fuzz('npy', inputs, check, { short: 500, deep: 0.4, size });
});

describe('.npz', () => {
  const FILES = fixtures(/\.npz$/).map(fixture);
  const entry = fc
    .record({
      name: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom('W1.npy', 'b1.npy', 'W2.npy', 'b2.npy') },
        oddText,
      ),
      content: fc.oneof(npyFile, fc.uint8Array({ maxLength: 40 })),
      packed: fc.boolean(),
      flags: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, fc.constantFrom(1, 2, 8, 2048, 1 << 13)),
      size: fc.option(fc.constantFrom(0, 1, 1000, 100_000, 900_000, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff), {
        freq: 6,
      }),
      cut: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(9)),
      isBomb: fc.integer({ min: 0, max: 40 }).map((n) => n === 0),
    })
    .map(({ name, content, packed, flags, size: declared, cut, isBomb }) => {
      const whole = isBomb ? BOMB : packed ? deflated(content) : { data: content };
      const data = whole.data!.subarray(0, whole.data!.length - cut);
      return { ...whole, data, name, flags, ...(declared === null ? {} : { size: declared }) };
    });
  /** 16 MiB of zeros, which say that they are 1,000 bytes. */
  const BOMB = deflated(Buffer.alloc(1 << 24), { size: 1000 });
  const inputs = fc.oneof(
    { weight: 2, arbitrary: fc.array(entry, { maxLength: 4 }).map((entries) => archive(...entries)) },
    mutated(FILES),
  );

  it('is unpacked as zlib unpacks it, or refused', async () => {
    const check = async (bytes: Uint8Array): Promise<boolean> => {
      try {
        for (const content of (await readZip(bytes, LIMIT)).values()) {
          expect(content.length).toBeLessThanOrEqual(LIMIT);
          expect(isFoundIn(bytes, content)).toBe(true);
        }
      } catch (error) {
        expectClear(error, ['IntegrityError']);
        return !/no end record|does not end at/.test((error as Error).message);
      }
      return true;
    };
    await fuzz('zip', inputs, check, { short: 500, deep: 0.5, size });
  });

  it('has arrays, or is refused', async () => {
    const check = async (bytes: Uint8Array): Promise<boolean> => {
      try {
        for (const { shape, values } of (await decodeNpz(bytes, LIMIT)).values()) {
          expect(values.length).toBe(product(shape));
        }
        return true;
      } catch (error) {
        expectClear(error, ['IntegrityError']);
        return !/^zip: (no end|a directory)/.test((error as Error).message);
      }
    };
    await fuzz('npz', inputs, check, { short: 300, deep: 0.5, size });
  });
});

/** Whether the content stands in the archive as it is, or some part of it inflates to it. */
function isFoundIn(bytes: Uint8Array, content: Uint8Array): boolean {
  const archived = Buffer.from(bytes);
  if (archived.includes(Buffer.from(content))) return true;
  for (
    let at = archived.indexOf('PK\x03\x04', 0, 'latin1');
    at >= 0;
    at = archived.indexOf('PK\x03\x04', at + 1, 'latin1')
  ) {
    if (at + 30 > archived.length) break;
    const start = at + 30 + archived.readUInt16LE(at + 26) + archived.readUInt16LE(at + 28);
    try {
      if (inflateRawSync(archived.subarray(start), { maxOutputLength: LIMIT }).equals(content)) return true;
    } catch {
      // Not the start of this content's data.
    }
  }
  return false;
}

describe('pickle', () => {
  const FILES = fixtures(/\.pkl$/).map(fixture);
  /** Pieces of programs, each of which does something by itself. */
  const piece = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        ...[ARRAY, DTYPE, EMPTY_ARRAY, DATA, short('W1'), short('b1'), '(', 'K\x01', '\x85'],
      ),
    },
    ...PICKLE_PIECES.map((pieces) => fc.constantFrom(...pieces)),
    fc.constant(`c${'m'.repeat(6000)}\nx\n`),
    fc.constantFrom(...Object.values(OPCODE)).map((code) => String.fromCharCode(code)),
    fc.nat(255).map((code) => String.fromCharCode(code)),
  );
  const program = fc
    .tuple(
      fc.constantFrom('\x80\x04}(', '\x80\x02}', '(', '}(', ''),
      fc.array(piece, { maxLength: 12 }),
      fc.constantFrom('u.', '.', 'd.', 's.', ''),
    )
    .map(([start, pieces, end]) => latin1(start, ...pieces, end));

  it('is a dict of arrays, none of them larger than the file, or refused', async () => {
    const check = (bytes: Uint8Array): boolean => {
      try {
        let elements = 0;
        for (const { shape, values } of decodePickle(bytes).values()) {
          expect(values.length).toBe(product(shape));
          elements += values.length;
        }
        expect(elements * 4).toBeLessThanOrEqual(2 * bytes.length);
        return true;
      } catch (error) {
        expectClear(error, ['IntegrityError']);
        const at = /at byte (\d+)/.exec((error as Error).message)?.[1];
        return at === undefined || Number(at) > 20;
      }
    };
    const inputs = fc.oneof(program, mutated(FILES));
    await fuzz('pickle', inputs, check, { short: 1000, deep: 0.3, size });
  });
});

describe('a file of weights', () => {
  const files = fixtures(/^(numpy.*|three-layer|float.*)\.(npz|pkl|safetensors)$/).map(fixture);
  const floats = (count: number) => Float32Array.from({ length: count }, (_, k) => k);
  const own = encodeWeights([
    { weights: floats(6), bias: floats(3) },
    { weights: floats(3), bias: floats(1) },
  ]);

  it('is a chain of layers, or refused', async () => {
    const check = async (bytes: Uint8Array): Promise<boolean> => {
      try {
        const { specs, layers } = await decodeWeights(bytes, { maxBytes: LIMIT });
        const sizes = specs.filter((size) => typeof size === 'number');
        expect(sizes.length).toBe(layers.length + 1);
        for (const [index, { weights, bias }] of layers.entries()) {
          expect(bias.length).toBe(sizes[index + 1]);
          expect(weights.length).toBe(sizes[index]! * sizes[index + 1]!);
          expect(weights.every(Number.isFinite) && bias.every(Number.isFinite)).toBe(true);
        }
        return true;
      } catch (error) {
        expectClear(error, ['IntegrityError']);
        return !/neither \.npz/.test((error as Error).message);
      }
    };
    const inputs = fc.oneof({ weight: 3, arbitrary: mutated([...files, own]) }, npyFile);
    await fuzz('weights', inputs, check, { short: 300, deep: 0.5, size });
  });
});
