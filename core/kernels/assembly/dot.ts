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
function dot4(d: usize, bytes: usize, w0: usize, w1: usize, w2: usize, w3: usize): v128 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let j: usize = 0; j < bytes; j += 16) {
    const v = v128.load(d + j);
    s0 = f32x4.add(s0, f32x4.mul(v, v128.load(w0 + j)));
    s1 = f32x4.add(s1, f32x4.mul(v, v128.load(w1 + j)));
    s2 = f32x4.add(s2, f32x4.mul(v, v128.load(w2 + j)));
    s3 = f32x4.add(s3, f32x4.mul(v, v128.load(w3 + j)));
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

/** The same for two rows of deltas, which share what is read of w. */
export function dotTwoRows(p: usize, pStride: usize, inputs: i32, d: usize, bytes: usize, w: usize): void {
  for (let i = 0; i < inputs; i += 4) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    const w1 = w + bytes;
    const w2 = w1 + bytes;
    const w3 = w2 + bytes;
    const end = d + bytes;
    for (let at = d, j: usize = 0; at < end; at += 16, j += 16) {
      const v = v128.load(at);
      const u = v128.load(at + bytes);
      let m = v128.load(w + j);
      a0 = f32x4.add(a0, f32x4.mul(v, m));
      b0 = f32x4.add(b0, f32x4.mul(u, m));
      m = v128.load(w1 + j);
      a1 = f32x4.add(a1, f32x4.mul(v, m));
      b1 = f32x4.add(b1, f32x4.mul(u, m));
      m = v128.load(w2 + j);
      a2 = f32x4.add(a2, f32x4.mul(v, m));
      b2 = f32x4.add(b2, f32x4.mul(u, m));
      m = v128.load(w3 + j);
      a3 = f32x4.add(a3, f32x4.mul(v, m));
      b3 = f32x4.add(b3, f32x4.mul(u, m));
    }
    v128.store(p, combine(a0, a1, a2, a3));
    v128.store(p + pStride, combine(b0, b1, b2, b3));
    p += 16;
    w = w3 + bytes;
  }
}

/** Stores each lane where its entry says. */
@inline
function scatter(p: usize, entries: usize, sums: v128): void {
  store<f32>(p + <usize>load<u32>(entries) * 4, f32x4.extract_lane(sums, 0));
  store<f32>(p + <usize>load<u32>(entries, 8) * 4, f32x4.extract_lane(sums, 1));
  store<f32>(p + <usize>load<u32>(entries, 16) * 4, f32x4.extract_lane(sums, 2));
  store<f32>(p + <usize>load<u32>(entries, 24) * 4, f32x4.extract_lane(sums, 3));
}

/** p[i] = dot product of `d` with row i of w, for the columns i of `count` entries; the others are left alone. */
export function dotListed(p: usize, entries: usize, count: i32, d: usize, bytes: usize, w: usize): void {
  let k = 0;
  // Eight at a time: more sums that don't wait for each other, for each vector that is read of d.
  for (; k + 8 <= count; k += 8) {
    const w0 = w + <usize>load<u32>(entries) * bytes;
    const w1 = w + <usize>load<u32>(entries, 8) * bytes;
    const w2 = w + <usize>load<u32>(entries, 16) * bytes;
    const w3 = w + <usize>load<u32>(entries, 24) * bytes;
    const w4 = w + <usize>load<u32>(entries, 32) * bytes;
    const w5 = w + <usize>load<u32>(entries, 40) * bytes;
    const w6 = w + <usize>load<u32>(entries, 48) * bytes;
    const w7 = w + <usize>load<u32>(entries, 56) * bytes;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let s4 = s0;
    let s5 = s0;
    let s6 = s0;
    let s7 = s0;
    let j: usize = 0;
    // Two vectors a turn, which share the addresses.
    for (const pairs = bytes & ~31; j < pairs; j += 32) {
      const v = v128.load(d + j);
      const u = v128.load(d + j, 16);
      s0 = f32x4.add(f32x4.add(s0, f32x4.mul(v, v128.load(w0 + j))), f32x4.mul(u, v128.load(w0 + j, 16)));
      s1 = f32x4.add(f32x4.add(s1, f32x4.mul(v, v128.load(w1 + j))), f32x4.mul(u, v128.load(w1 + j, 16)));
      s2 = f32x4.add(f32x4.add(s2, f32x4.mul(v, v128.load(w2 + j))), f32x4.mul(u, v128.load(w2 + j, 16)));
      s3 = f32x4.add(f32x4.add(s3, f32x4.mul(v, v128.load(w3 + j))), f32x4.mul(u, v128.load(w3 + j, 16)));
      s4 = f32x4.add(f32x4.add(s4, f32x4.mul(v, v128.load(w4 + j))), f32x4.mul(u, v128.load(w4 + j, 16)));
      s5 = f32x4.add(f32x4.add(s5, f32x4.mul(v, v128.load(w5 + j))), f32x4.mul(u, v128.load(w5 + j, 16)));
      s6 = f32x4.add(f32x4.add(s6, f32x4.mul(v, v128.load(w6 + j))), f32x4.mul(u, v128.load(w6 + j, 16)));
      s7 = f32x4.add(f32x4.add(s7, f32x4.mul(v, v128.load(w7 + j))), f32x4.mul(u, v128.load(w7 + j, 16)));
    }
    if (j < bytes) {
      const v = v128.load(d + j);
      s0 = f32x4.add(s0, f32x4.mul(v, v128.load(w0 + j)));
      s1 = f32x4.add(s1, f32x4.mul(v, v128.load(w1 + j)));
      s2 = f32x4.add(s2, f32x4.mul(v, v128.load(w2 + j)));
      s3 = f32x4.add(s3, f32x4.mul(v, v128.load(w3 + j)));
      s4 = f32x4.add(s4, f32x4.mul(v, v128.load(w4 + j)));
      s5 = f32x4.add(s5, f32x4.mul(v, v128.load(w5 + j)));
      s6 = f32x4.add(s6, f32x4.mul(v, v128.load(w6 + j)));
      s7 = f32x4.add(s7, f32x4.mul(v, v128.load(w7 + j)));
    }
    scatter(p, entries, combine(s0, s1, s2, s3));
    scatter(p, entries + 32, combine(s4, s5, s6, s7));
    entries += 64;
  }
  for (; k + 4 <= count; k += 4) {
    const w0 = w + <usize>load<u32>(entries) * bytes;
    const w1 = w + <usize>load<u32>(entries, 8) * bytes;
    const w2 = w + <usize>load<u32>(entries, 16) * bytes;
    const w3 = w + <usize>load<u32>(entries, 24) * bytes;
    scatter(p, entries, dot4(d, bytes, w0, w1, w2, w3));
    entries += 32;
  }
  for (; k < count; k++) {
    const i = <usize>load<u32>(entries);
    const row = w + i * bytes;
    store<f32>(p + i * 4, f32x4.extract_lane(dot4(d, bytes, row, row, row, row), 0));
    entries += 8;
  }
}
