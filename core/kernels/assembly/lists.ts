/** Lists of entries, {u32 offset, f32 value}, of what is not zero. */
import { ENTRY } from './addresses';

/** One bit per byte that is not zero, of the 64 from `bytes` on. */
@inline
export function nonZeroMask(bytes: usize): u64 {
  const zero = i8x16.splat(0);
  const m0 = <u64>i8x16.bitmask(i8x16.ne(v128.load(bytes), zero));
  const m1 = <u64>i8x16.bitmask(i8x16.ne(v128.load(bytes, 16), zero));
  const m2 = <u64>i8x16.bitmask(i8x16.ne(v128.load(bytes, 32), zero));
  const m3 = <u64>i8x16.bitmask(i8x16.ne(v128.load(bytes, 48), zero));
  return m0 | (m1 << 16) | (m2 << 32) | (m3 << 48);
}

/**
 * Writes an entry per byte that is not zero: its place, and what it stands for. Gives the end.
 *
 * @param bytes `count` of them; up to 63 more are read and not used
 * @param values f32 [256]: what each byte stands for
 */
export function listNonZeroBytes(bytes: usize, count: i32, values: usize, entry: usize): usize {
  for (let first = 0; first < count; first += 64) {
    let mask = nonZeroMask(bytes + <usize>first);
    const left = count - first;
    if (left < 64) mask &= (<u64>1 << left) - 1;
    while (mask !== 0) {
      const k = first + <i32>ctz(mask);
      mask &= mask - 1;
      store<i32>(entry, k);
      store<u32>(entry, load<u32>(values + <usize>load<u8>(bytes + <usize>k) * 4), 4);
      entry += ENTRY;
    }
  }
  return entry;
}

/** Writes an entry per non-zero value, and one more that may be none; gives the end. */
export function listNonZeroFloats(values: usize, count: i32, entry: usize): usize {
  for (let i = 0; i < count; i++) {
    const value = load<f32>(values + <usize>i * 4);
    store<u32>(entry, i);
    store<f32>(entry, value, 4);
    entry += value !== 0 ? ENTRY : 0;
  }
  return entry;
}
