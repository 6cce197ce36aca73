import { expect, it } from 'vitest';
import { IntegrityError } from '../../../core/errors.ts';
import { decodeNpy } from '../../../core/exchange/npy.ts';
import { fixture } from './fixtures.ts';

/** 0, 1/8, 2/8, …, row-major [2, 3, 4]. */
const CUBE = { shape: [2, 3, 4], values: Float32Array.from({ length: 24 }, (_, k) => k / 8) };

/** A version 1 file of any header text and data. */
function file(header: string, data: ArrayLike<number> = []): Uint8Array {
  const text = Buffer.from(header, 'latin1');
  const start = [0x93, ...Buffer.from('NUMPY'), 1, 0, text.length & 0xff, text.length >> 8];
  return Uint8Array.from([...start, ...text, ...Array.from(data)]);
}
const header = (more: object = {}): string => {
  const fields = { descr: "'<f4'", fortran_order: 'False', shape: '(1,)', ...more };
  return `{${Object.entries(fields)
    .map(([key, value]) => `'${key}': ${value}`)
    .join(', ')}, }\n`;
};

it.each(['version1.npy', 'version2.npy', 'version3.npy', 'float64.npy', 'fortran.npy'])(
  'reads %s as NumPy wrote it',
  (name) => {
    expect(decodeNpy(fixture(name), 'x')).toEqual(CUBE);
  },
);

it('rounds float64 to the nearest float32', () => {
  expect(decodeNpy(fixture('scalar.npy'), 'x')).toEqual({ shape: [], values: Float32Array.of(0.1) });
});

it('reads an array without elements', () => {
  expect(decodeNpy(fixture('empty.npy'), 'x')).toEqual({ shape: [0, 3], values: new Float32Array(0) });
});

it('reads the fields of the header in any order', () => {
  const text = "{'shape': (1,), 'descr': '<f4', 'fortran_order': True}   \n";
  expect(decodeNpy(file(text, [0, 0, 128, 63]), 'x').values).toEqual(Float32Array.of(1));
});

const four = [0, 0, 128, 63];
it.each<[string, Uint8Array, RegExp]>([
  ['big-endian numbers', fixture('big-endian.npy'), /dtype ">f4", expected <f4 or <f8/],
  ['integers', fixture('int64.npy'), /dtype "<i8"/],
  ['records', fixture('structured.npy'), /descr \[\('a', '<f4'\)\], expected/],
  ['Python objects', fixture('objects.npy'), /dtype "\|O"/],
  ['an empty file', new Uint8Array(0), /6 bytes expected at 0, 0 are left/],
  ['another format', Uint8Array.from(Buffer.from('PK\x03\x04----')), /does not start as/],
  ['version 4', fixture('version1.npy').with(6, 4), /version 4\.0, expected 1\.0, 2\.0 or 3\.0/],
  ['version 1.1', fixture('version1.npy').with(7, 1), /version 1\.1/],
  ['a header of 4 GB', fixture('version2.npy').fill(255, 8, 12), /header of 4294967295 bytes/],
  ['a header beyond the file', file(header(), four).with(9, 3), /bytes expected/],
  ['a header that is no UTF-8', fixture('version3.npy').with(12, 0xff), /no UTF-8/],
  ['a header that is no dict', file('[]\n'), /no dict/],
  ['a missing field', file("{'descr': '<f4', 'fortran_order': False}\n"), /no shape/],
  ['a repeated field', file(header().replace('}', "'shape': (1,)}"), four), /shape twice/],
  ['an unknown field', file(header({ more: '1' }), four), /header has "'more': 1/],
  ['an expression for a value', file(header({ shape: '(1,)+(2,)' }), four), /header has "\+\(2,\)/],
  ['a shape that is no tuple', file(header({ shape: '(1)' }), four), /shape \(1\)/],
  ['a negative size', file(header({ shape: '(-1,)' }), four), /header has "'shape': \(-1,\)/],
  ['a size beyond 2^53', file(header({ shape: `(${2 ** 60},)` }), four), /has the size 11529/],
  ['a product beyond 2^53', file(header({ shape: '(9999999, 9999999, 9999999)' }), four), /expected/],
  ['33 dimensions', file(header({ shape: `(${Array(33).fill(1).join(', ')})` }), four), /33 dimensions/],
  ['an order that is no boolean', file(header({ fortran_order: "'C'" }), four), /fortran_order 'C'/],
  ['too few elements', file(header({ shape: '(2,)' }), four), /4 bytes for <f4 \[2\], expected 8/],
  ['bytes after the elements', file(header(), [...four, 0]), /5 bytes for <f4 \[1\], expected 4/],
])('refuses %s', (_, bytes, message) => {
  expect(() => decodeNpy(bytes, 'x')).toThrow(IntegrityError);
  expect(() => decodeNpy(bytes, 'x')).toThrow(message);
  expect(() => decodeNpy(bytes, 'x')).toThrow(/"x"/);
});
