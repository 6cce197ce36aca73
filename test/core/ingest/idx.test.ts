import { expect, it } from 'vitest';
import { DatasetError } from '../../../core/errors.ts';
import { parseIdx } from '../../../core/ingest/idx.ts';

it('parseIdx reads shape and elements', () => {
  const bytes = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);
  expect(parseIdx(bytes)).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
});

it('parseIdx reads at an offset within a larger buffer', () => {
  const bytes = Uint8Array.of(9, 9, 0, 0, 8, 1, 0, 0, 0, 1, 7).subarray(2);
  expect(parseIdx(bytes).data).toEqual(Uint8Array.of(7));
});

it.each<[string, number[], RegExp]>([
  ['nothing', [], /0 bytes/],
  ['a wrong magic number', [1, 0, 8, 1, 0, 0, 0, 0], /two zero bytes/],
  ['floats', [0, 0, 0x0d, 1, 0, 0, 0, 0], /type 0xd/],
  ['no dimensions', [0, 0, 8, 0], /0 dimensions/],
  ['255 dimensions', [0, 0, 8, 255, 0, 0, 0, 0], /255 dimensions/],
  ['a cut header', [0, 0, 8, 2, 0, 0, 0, 1], /8 bytes, its header alone takes 12/],
  ['cut data', [0, 0, 8, 1, 0, 0, 0, 2, 1], /1 elements for the shape \[2\]/],
  ['data too long', [0, 0, 8, 1, 0, 0, 0, 1, 1, 2], /2 elements for the shape \[1\]/],
  [
    'an absurd size',
    [0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255, 1],
    /expected 18446744065119617000/,
  ],
])('parseIdx refuses %s', (_, bytes, message) => {
  const parse = () => parseIdx(Uint8Array.from(bytes), 'labels');
  expect(parse).toThrow(DatasetError);
  expect(parse).toThrow(message);
  expect(parse).toThrow(/^labels: /);
});
