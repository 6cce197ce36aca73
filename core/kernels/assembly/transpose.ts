/** Columns of a batch's bytes, so that a column's samples lie side by side. */

@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Stores both halves of two columns' eight bytes; gives the place of the next two. */
@inline
function store2(target: usize, outStride: usize, columns: v128): usize {
  v128.store64_lane(target, columns, 0);
  v128.store64_lane(target + outStride, columns, 1);
  return target + outStride * 2;
}

/**
 * 16 columns of `rows` rows, transposed. Eight rows at a time: interleaving register k with register k + 4 turns the
 * number (row, column) of each byte, 3 and 4 bits, left by one bit; after three times it is (column, row).
 *
 * @param out [16, outStride]; rows beyond the last up to a multiple of eight become zero
 * @param rowAddresses u32 [rows]: where each row's bytes begin
 * @param column the first of the columns, in bytes
 */
export function transposeColumns(
  out: usize,
  outStride: usize,
  rowAddresses: usize,
  rows: i32,
  column: usize,
): void {
  const zero = i64x2.splat(0);
  for (let n = 0; n < rows; n += 8) {
    const left = rows - n;
    const address = rowAddresses + <usize>n * 4;
    const a0 = v128.load(<usize>load<u32>(address, 0) + column);
    const a1 = left > 1 ? v128.load(<usize>load<u32>(address, 4) + column) : zero;
    const a2 = left > 2 ? v128.load(<usize>load<u32>(address, 8) + column) : zero;
    const a3 = left > 3 ? v128.load(<usize>load<u32>(address, 12) + column) : zero;
    const a4 = left > 4 ? v128.load(<usize>load<u32>(address, 16) + column) : zero;
    const a5 = left > 5 ? v128.load(<usize>load<u32>(address, 20) + column) : zero;
    const a6 = left > 6 ? v128.load(<usize>load<u32>(address, 24) + column) : zero;
    const a7 = left > 7 ? v128.load(<usize>load<u32>(address, 28) + column) : zero;
    const b0 = low(a0, a4);
    const b1 = high(a0, a4);
    const b2 = low(a1, a5);
    const b3 = high(a1, a5);
    const b4 = low(a2, a6);
    const b5 = high(a2, a6);
    const b6 = low(a3, a7);
    const b7 = high(a3, a7);
    const c0 = low(b0, b4);
    const c1 = high(b0, b4);
    const c2 = low(b1, b5);
    const c3 = high(b1, b5);
    const c4 = low(b2, b6);
    const c5 = high(b2, b6);
    const c6 = low(b3, b7);
    const c7 = high(b3, b7);
    const d0 = low(c0, c4);
    const d1 = high(c0, c4);
    const d2 = low(c1, c5);
    const d3 = high(c1, c5);
    const d4 = low(c2, c6);
    const d5 = high(c2, c6);
    const d6 = low(c3, c7);
    const d7 = high(c3, c7);
    let target = out + <usize>n;
    target = store2(target, outStride, d0);
    target = store2(target, outStride, d1);
    target = store2(target, outStride, d2);
    target = store2(target, outStride, d3);
    target = store2(target, outStride, d4);
    target = store2(target, outStride, d5);
    target = store2(target, outStride, d6);
    target = store2(target, outStride, d7);
  }
}
