/**
 * The kernel of a first layer over bytes, forward and gradient alike: out[:] = init[:] + Σ_k value(byte_k) · base[k, :]
 * over the bytes that are not zero, k ascending, each product and each sum rounded.
 * For rows of one tile: wider ones list their entries first, so that they are found once for all tiles.
 */
import { nonZeroMask } from './lists';

/** One tile of N vectors, a constant at every call, so that the lines that don't apply vanish. */
@inline
function tile(
  N: i32,
  out: usize,
  init: usize,
  base: usize,
  scale: usize,
  bytes: usize,
  count: i32,
  values: usize,
): void {
  let a0 = v128.load(init);
  let a1 = N > 1 ? v128.load(init, 16) : a0;
  let a2 = N > 2 ? v128.load(init, 32) : a0;
  let a3 = N > 3 ? v128.load(init, 48) : a0;
  let a4 = N > 4 ? v128.load(init, 64) : a0;
  let a5 = N > 5 ? v128.load(init, 80) : a0;
  let a6 = N > 6 ? v128.load(init, 96) : a0;
  let a7 = N > 7 ? v128.load(init, 112) : a0;
  let a8 = N > 8 ? v128.load(init, 128) : a0;
  let a9 = N > 9 ? v128.load(init, 144) : a0;
  let a10 = N > 10 ? v128.load(init, 160) : a0;
  let a11 = N > 11 ? v128.load(init, 176) : a0;
  let a12 = N > 12 ? v128.load(init, 192) : a0;
  for (let left = count; left > 0; left -= 64) {
    let mask = nonZeroMask(bytes);
    if (left < 64) mask &= (<u64>1 << left) - 1;
    while (mask !== 0) {
      const k = <usize>ctz(mask);
      mask &= mask - 1;
      const x = v128.load32_splat(values + <usize>load<u8>(bytes + k) * 4);
      const row = base + k * scale;
      a0 = f32x4.add(a0, f32x4.mul(x, v128.load(row)));
      if (N > 1) a1 = f32x4.add(a1, f32x4.mul(x, v128.load(row, 16)));
      if (N > 2) a2 = f32x4.add(a2, f32x4.mul(x, v128.load(row, 32)));
      if (N > 3) a3 = f32x4.add(a3, f32x4.mul(x, v128.load(row, 48)));
      if (N > 4) a4 = f32x4.add(a4, f32x4.mul(x, v128.load(row, 64)));
      if (N > 5) a5 = f32x4.add(a5, f32x4.mul(x, v128.load(row, 80)));
      if (N > 6) a6 = f32x4.add(a6, f32x4.mul(x, v128.load(row, 96)));
      if (N > 7) a7 = f32x4.add(a7, f32x4.mul(x, v128.load(row, 112)));
      if (N > 8) a8 = f32x4.add(a8, f32x4.mul(x, v128.load(row, 128)));
      if (N > 9) a9 = f32x4.add(a9, f32x4.mul(x, v128.load(row, 144)));
      if (N > 10) a10 = f32x4.add(a10, f32x4.mul(x, v128.load(row, 160)));
      if (N > 11) a11 = f32x4.add(a11, f32x4.mul(x, v128.load(row, 176)));
      if (N > 12) a12 = f32x4.add(a12, f32x4.mul(x, v128.load(row, 192)));
    }
    bytes += 64;
    base += scale * 64;
  }
  v128.store(out, a0);
  if (N > 1) v128.store(out, a1, 16);
  if (N > 2) v128.store(out, a2, 32);
  if (N > 3) v128.store(out, a3, 48);
  if (N > 4) v128.store(out, a4, 64);
  if (N > 5) v128.store(out, a5, 80);
  if (N > 6) v128.store(out, a6, 96);
  if (N > 7) v128.store(out, a7, 112);
  if (N > 8) v128.store(out, a8, 128);
  if (N > 9) v128.store(out, a9, 144);
  if (N > 10) v128.store(out, a10, 160);
  if (N > 11) v128.store(out, a11, 176);
  if (N > 12) v128.store(out, a12, 192);
}

export function accumulateBytes1(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(1, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes2(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(2, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes3(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(3, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes4(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(4, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes5(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(5, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes6(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(6, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes7(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(7, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes8(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(8, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes9(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(9, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes10(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(10, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes11(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(11, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes12(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(12, out, init, base, scale, bytes, count, values);
}
export function accumulateBytes13(out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  tile(13, out, init, base, scale, bytes, count, values);
}

/**
 * @param scale bytes between the rows of base
 * @param bytes `count` of them; up to 63 more are read and not used
 * @param values f32 [256]: what each byte stands for
 */
export function accumulateBytes(vectors: i32, out: usize, init: usize, base: usize, scale: usize, bytes: usize, count: i32, values: usize): void {
  switch (vectors) {
    case 1: return accumulateBytes1(out, init, base, scale, bytes, count, values);
    case 2: return accumulateBytes2(out, init, base, scale, bytes, count, values);
    case 3: return accumulateBytes3(out, init, base, scale, bytes, count, values);
    case 4: return accumulateBytes4(out, init, base, scale, bytes, count, values);
    case 5: return accumulateBytes5(out, init, base, scale, bytes, count, values);
    case 6: return accumulateBytes6(out, init, base, scale, bytes, count, values);
    case 7: return accumulateBytes7(out, init, base, scale, bytes, count, values);
    case 8: return accumulateBytes8(out, init, base, scale, bytes, count, values);
    case 9: return accumulateBytes9(out, init, base, scale, bytes, count, values);
    case 10: return accumulateBytes10(out, init, base, scale, bytes, count, values);
    case 11: return accumulateBytes11(out, init, base, scale, bytes, count, values);
    case 12: return accumulateBytes12(out, init, base, scale, bytes, count, values);
    default: return accumulateBytes13(out, init, base, scale, bytes, count, values);
  }
}
