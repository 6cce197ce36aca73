import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Matrix } from '../../../core/textbook/matrix.ts';

const matrix = (rows: number, ...values: number[]) =>
  new Matrix(rows, values.length / rows, Float64Array.from(values));
const A = matrix(2, 1, 2, 3, 4, 5, 6);

const shaped = (rows: number, columns: number) =>
  fc
    .array(fc.integer({ min: -99, max: 99 }), { minLength: rows * columns, maxLength: rows * columns })
    .map((data) => new Matrix(rows, columns, Float64Array.from(data)));
const size = fc.integer({ min: 1, max: 5 });

it("multiplies as the textbook's examples", () => {
  const B = matrix(3, 1, 2, 3, 4, 5, 6);
  expect(A.dot(B)).toEqual(matrix(2, 22, 28, 49, 64));
  expect(B.dot(matrix(2, 7, 8))).toEqual(matrix(3, 23, 53, 83));
  expect(B).toEqual(Matrix.of([1, 3, 5].map((first) => [first, first + 1])));
});

it('(A·B)ᵀ = Bᵀ·Aᵀ and A·(B·C) = (A·B)·C', () => {
  const chain = fc
    .tuple(size, size, size, size)
    .chain(([a, b, c, d]) => fc.tuple(shaped(a, b), shaped(b, c), shaped(c, d)));
  fc.assert(
    fc.property(chain, ([x, y, z]) => {
      expect(x.dot(y).transpose()).toEqual(y.transpose().dot(x.transpose()));
      expect(x.dot(y.dot(z))).toEqual(x.dot(y).dot(z));
    }),
  );
});

it('adds a row to each, sums rows, works on positions', () => {
  expect(A.addRow([10, 20, 30])).toEqual(matrix(2, 11, 22, 33, 14, 25, 36));
  expect([...A.sumRows()]).toEqual([5, 7, 9]);
  expect(A.minus(A)).toEqual(new Matrix(2, 3));
  expect(A.times(A)).toEqual(matrix(2, 1, 4, 9, 16, 25, 36));
  expect(A.map((v) => -v)).toEqual(matrix(2, -1, -2, -3, -4, -5, -6));
  expect(A.mapRows((row) => [row[2]!, row[0]!])).toEqual(matrix(2, 3, 1, 6, 4));
});

it('picks a batch of rows, flattening what follows the first dimension', () => {
  const images = { shape: [3, 1, 2, 2], data: Uint8Array.from({ length: 12 }, (_, i) => i) };
  expect(Matrix.batch(images, [2, 0, 2])).toEqual(matrix(3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11));
  expect(() => Matrix.batch(images, [0, 3])).toThrow(/rows\[1\]: got 3, expected 0 to 2/);
});

it.each<[string, () => unknown, RegExp]>([
  ['data of another size', () => new Matrix(2, 2, new Float64Array(3)), /got 3 values, expected 2 × 2/],
  ['ragged rows', () => Matrix.of([[1, 2], [3]]), /row 1: got 1 values, expected 2/],
  ['inner sizes that differ', () => A.dot(A), /got \[2, 3\] · \[2, 3\]/],
  ['a bias of another length', () => A.addRow([1]), /got 1 values, expected 3/],
  ['shapes that differ', () => A.minus(A.transpose()), /got \[2, 3\] and \[3, 2\]/],
])('refuses %s', (_, act, message) => {
  expect(act).toThrow(RangeError);
  expect(act).toThrow(message);
});
