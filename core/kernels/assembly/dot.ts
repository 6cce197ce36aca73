/**
 * The kernel of the backward pass: dot products of a delta row with weight rows. Each is summed in four lanes, lane l
 * over the columns j ≡ l (mod 4) ascending, and the lanes are combined as (s0 + s2) + (s1 + s3).
 */

/** The four combined sums of four accumulators. */
@inline
function combine(a: v128, b: v128, c: v128, d: v128): v128 {
  // [a0 + a2, a1 + a3, b0 + b2, b1 + b3] and the same of c and d.
  const ab = f32x4.add(
    v128.shuffle<f32>(a, b, 0, 1, 4, 5),
    v128.shuffle<f32>(a, b, 2, 3, 6, 7),
  );
  const cd = f32x4.add(
    v128.shuffle<f32>(c, d, 0, 1, 4, 5),
    v128.shuffle<f32>(c, d, 2, 3, 6, 7),
  );
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}

/** Dot products of `d` with the four rows at w0…w3, `bytes` long. */
@inline
export function dot4(d: usize, bytes: usize, w0: usize, w1: usize, w2: usize, w3: usize): v128 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const end = d + bytes;
  for (; d < end; d += 16) {
    const v = v128.load(d);
    s0 = f32x4.add(s0, f32x4.mul(v, v128.load(w0)));
    s1 = f32x4.add(s1, f32x4.mul(v, v128.load(w1)));
    s2 = f32x4.add(s2, f32x4.mul(v, v128.load(w2)));
    s3 = f32x4.add(s3, f32x4.mul(v, v128.load(w3)));
    w0 += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
  }
  return combine(s0, s1, s2, s3);
}

/** p[0…inputs) = dot products of `d` with all rows of w. `p` and `w` have room for whole groups of four. */
export function dotRows(p: usize, inputs: i32, d: usize, bytes: usize, w: usize): void {
  for (let i = 0; i < inputs; i += 4) {
    v128.store(p, dot4(d, bytes, w, w + bytes, w + bytes * 2, w + bytes * 3));
    p += 16;
    w += bytes * 4;
  }
}

/** p[i] = dot product of `d` with row i of w, for the columns i of `count` entries; the others are left alone. */
export function dotListed(p: usize, entries: usize, count: i32, d: usize, bytes: usize, w: usize): void {
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const i0 = <usize>load<u32>(entries);
    const i1 = <usize>load<u32>(entries, 8);
    const i2 = <usize>load<u32>(entries, 16);
    const i3 = <usize>load<u32>(entries, 24);
    const sums = dot4(d, bytes, w + i0 * bytes, w + i1 * bytes, w + i2 * bytes, w + i3 * bytes);
    store<f32>(p + i0 * 4, f32x4.extract_lane(sums, 0));
    store<f32>(p + i1 * 4, f32x4.extract_lane(sums, 1));
    store<f32>(p + i2 * 4, f32x4.extract_lane(sums, 2));
    store<f32>(p + i3 * 4, f32x4.extract_lane(sums, 3));
    entries += 32;
  }
  for (; k < count; k++) {
    const i = <usize>load<u32>(entries);
    const row = w + i * bytes;
    store<f32>(p + i * 4, f32x4.extract_lane(dot4(d, bytes, row, row, row, row), 0));
    entries += 8;
  }
}
