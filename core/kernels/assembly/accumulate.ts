/**
 * The kernel of sparse layers: out[:] = init[:] + Σ_k value_k · base[offset_k + :], k ascending, each product and each
 * sum rounded. The accumulators of a tile of up to 13 vectors stay in registers while all entries pass by.
 */

/** {u32 offset, f32 value}. */
const ENTRY_BYTES: usize = 8;

/**
 * One tile of N vectors (N is a constant at every call, so that the unused lines vanish).
 *
 * @param scale bytes per unit of an entry's offset
 * @param entries first entry of the first segment
 * @param counts u32 number of entries of the first segment
 * @param segments how many segments follow each other, `segmentBytes` and `countBytes` apart
 */
// @ts-ignore: decorator
@inline
function tile(
  N: i32,
  out: usize,
  init: usize,
  base: usize,
  scale: usize,
  entries: usize,
  counts: usize,
  segments: i32,
  segmentBytes: usize,
  countBytes: usize,
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
    let entry = entries;
    const end = entry + <usize>load<u32>(counts) * ENTRY_BYTES;
    for (; entry < end; entry += ENTRY_BYTES) {
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
    entries += segmentBytes;
    counts += countBytes;
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

/** Vectors per tile of rows wider than a tile can hold; a multiple of a cache line's four. */
const WIDE_TILE: i32 = 8;
const WIDEST_TILE: i32 = 13;

/** out, init and base's rows are `vectors` vectors wide; the other parameters are the tile's. */
export function accumulate(
  vectors: i32,
  out: usize,
  init: usize,
  base: usize,
  scale: usize,
  entries: usize,
  counts: usize,
  segments: i32,
  segmentBytes: usize,
  countBytes: usize,
): void {
  while (vectors > WIDEST_TILE) {
    tile(WIDE_TILE, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    out += <usize>WIDE_TILE * 16;
    init += <usize>WIDE_TILE * 16;
    base += <usize>WIDE_TILE * 16;
    vectors -= WIDE_TILE;
  }
  switch (vectors) {
    case 1: return tile(1, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    case 2: return tile(2, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    case 3: return tile(3, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    case 4: return tile(4, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    case 5: return tile(5, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    case 6: return tile(6, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    case 7: return tile(7, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    case 8: return tile(8, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    case 9: return tile(9, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    case 10: return tile(10, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    case 11: return tile(11, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    case 12: return tile(12, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
    default: return tile(13, out, init, base, scale, entries, counts, segments, segmentBytes, countBytes);
  }
}
