/**
 * The kernel of sparse layers over lists of entries, forward and gradient alike: out[:] = init[:] + Σ_k value_k ·
 * base[offset_k + :], k ascending, each product and each sum rounded. Entries are {u32 offset, f32 value}.
 */

import { ENTRY } from './addresses';

/**
 * One tile of N vectors. N and IS_BUCKET are constants at every call, so that the lines that don't apply vanish.
 *
 * IS_BUCKET: `segments` runs of entries one after the other, `segmentBytes` apart, each up to the address in its cell,
 * `cellBytes` apart.
 *
 * Else: the entries up to `end`. With `cells`, each is also put into the bucket of its offset: cells[offset] is where
 * the next goes, which gets `tag` for its offset.
 */
@inline
function tile(
  N: i32,
  IS_BUCKET: bool,
  out: usize,
  init: usize,
  base: usize,
  scale: usize,
  entry: usize,
  end: usize,
  cells: usize,
  tag: u32,
  segments: i32,
  segmentBytes: usize,
  cellBytes: usize,
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
  for (let s = 0; s < segments; s++) {
    const last = IS_BUCKET ? <usize>load<u32>(cells) : end;
    for (let e = entry; e < last; e += ENTRY) {
      const offset = load<u32>(e);
      const x = v128.load32_splat(e, 4);
      const row = base + <usize>offset * scale;
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
      if (!IS_BUCKET && cells !== 0) {
        const cell = cells + <usize>offset * 4;
        const slot = load<u32>(cell);
        store<u32>(cell, slot + <u32>ENTRY);
        store<u64>(<usize>slot, (<u64>load<u32>(e, 4) << 32) | <u64>tag);
      }
    }
    entry += segmentBytes;
    cells += cellBytes;
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

/** @param cells where each bucket goes on; 0 to fill none */
export function accumulateEntries(
  vectors: i32,
  out: usize,
  init: usize,
  base: usize,
  scale: usize,
  entry: usize,
  end: usize,
  cells: usize,
  tag: u32,
): void {
  switch (vectors) {
    case 1: return tile(1, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    case 2: return tile(2, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    case 3: return tile(3, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    case 4: return tile(4, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    case 5: return tile(5, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    case 6: return tile(6, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    case 7: return tile(7, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    case 8: return tile(8, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    case 9: return tile(9, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    case 10: return tile(10, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    case 11: return tile(11, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    case 12: return tile(12, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
    default: return tile(13, false, out, init, base, scale, entry, end, cells, tag, 1, 0, 0);
  }
}

/** A whole sum over `segments` buckets; offsets are in bytes. */
export function accumulateBuckets(
  vectors: i32,
  out: usize,
  init: usize,
  base: usize,
  entry: usize,
  cells: usize,
  segments: i32,
  segmentBytes: usize,
  cellBytes: usize,
): void {
  switch (vectors) {
    case 1: return tile(1, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    case 2: return tile(2, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    case 3: return tile(3, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    case 4: return tile(4, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    case 5: return tile(5, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    case 6: return tile(6, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    case 7: return tile(7, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    case 8: return tile(8, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    case 9: return tile(9, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    case 10: return tile(10, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    case 11: return tile(11, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    case 12: return tile(12, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
    default: return tile(13, true, out, init, base, 1, entry, 0, cells, 0, segments, segmentBytes, cellBytes);
  }
}
