/**
 * The kernel of all sums over entries, {u32 offset, f32 value}: sparse layers forward, and gradients of weights.
 * out[:] = init[:] + Σ_k value_k · base[offset_k · scale + :], k ascending, each product and each sum rounded.
 */
import { ENTRY } from './addresses';

/** One tile of N vectors, a constant at every call, so that the lines that don't apply vanish. */
@inline
function tile(N: i32, out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
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
  for (; entry < end; entry += ENTRY) {
    const x = v128.load32_splat(entry, 4);
    const row = base + <usize>load<u32>(entry) * scale;
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

export function accumulate1(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(1, out, init, base, scale, entry, end);
}
export function accumulate2(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(2, out, init, base, scale, entry, end);
}
export function accumulate3(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(3, out, init, base, scale, entry, end);
}
export function accumulate4(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(4, out, init, base, scale, entry, end);
}
export function accumulate5(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(5, out, init, base, scale, entry, end);
}
export function accumulate6(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(6, out, init, base, scale, entry, end);
}
export function accumulate7(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(7, out, init, base, scale, entry, end);
}
export function accumulate8(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(8, out, init, base, scale, entry, end);
}
export function accumulate9(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(9, out, init, base, scale, entry, end);
}
export function accumulate10(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(10, out, init, base, scale, entry, end);
}
export function accumulate11(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(11, out, init, base, scale, entry, end);
}
export function accumulate12(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(12, out, init, base, scale, entry, end);
}
export function accumulate13(out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  tile(13, out, init, base, scale, entry, end);
}

/**
 * @param vectors width of the tile: one of those that tileWidth gives
 * @param scale bytes that an entry's offset counts
 * @param end address behind the last entry
 */
export function accumulate(vectors: i32, out: usize, init: usize, base: usize, scale: usize, entry: usize, end: usize): void {
  switch (vectors) {
    case 1: return accumulate1(out, init, base, scale, entry, end);
    case 2: return accumulate2(out, init, base, scale, entry, end);
    case 3: return accumulate3(out, init, base, scale, entry, end);
    case 4: return accumulate4(out, init, base, scale, entry, end);
    case 5: return accumulate5(out, init, base, scale, entry, end);
    case 6: return accumulate6(out, init, base, scale, entry, end);
    case 7: return accumulate7(out, init, base, scale, entry, end);
    case 8: return accumulate8(out, init, base, scale, entry, end);
    case 9: return accumulate9(out, init, base, scale, entry, end);
    case 10: return accumulate10(out, init, base, scale, entry, end);
    case 11: return accumulate11(out, init, base, scale, entry, end);
    case 12: return accumulate12(out, init, base, scale, entry, end);
    default: return accumulate13(out, init, base, scale, entry, end);
  }
}
