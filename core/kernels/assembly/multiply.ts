/**
 * The kernel of dense layers, forward and gradient alike: out[r, :] = init[r, :] + Σ_t x[r, t] · m[t, :], t ascending,
 * each product and each sum rounded. A tile of 4 rows by 3 vectors of accumulators stays in registers.
 */

/** One tile of R rows (1 or 4) by C vectors (1 to 3), constants at every call. */
@inline
function tile(
  R: i32,
  C: i32,
  out: usize,
  outStride: usize,
  init: usize,
  initStride: usize,
  x: usize,
  xRow: usize,
  xTerm: usize,
  terms: i32,
  m: usize,
  mStride: usize,
): void {
  const init1 = init + initStride;
  const init2 = init1 + initStride;
  const init3 = init2 + initStride;
  let a0 = v128.load(init);
  let a1 = C > 1 ? v128.load(init, 16) : a0;
  let a2 = C > 2 ? v128.load(init, 32) : a0;
  let b0 = R > 1 ? v128.load(init1) : a0;
  let b1 = R > 1 && C > 1 ? v128.load(init1, 16) : a0;
  let b2 = R > 1 && C > 2 ? v128.load(init1, 32) : a0;
  let c0 = R > 1 ? v128.load(init2) : a0;
  let c1 = R > 1 && C > 1 ? v128.load(init2, 16) : a0;
  let c2 = R > 1 && C > 2 ? v128.load(init2, 32) : a0;
  let d0 = R > 1 ? v128.load(init3) : a0;
  let d1 = R > 1 && C > 1 ? v128.load(init3, 16) : a0;
  let d2 = R > 1 && C > 2 ? v128.load(init3, 32) : a0;
  const xRow2 = xRow * 2;
  const xRow3 = xRow * 3;
  for (let t = 0; t < terms; t++) {
    const m0 = v128.load(m);
    const m1 = C > 1 ? v128.load(m, 16) : m0;
    const m2 = C > 2 ? v128.load(m, 32) : m0;
    let v = v128.load32_splat(x);
    a0 = f32x4.add(a0, f32x4.mul(v, m0));
    if (C > 1) a1 = f32x4.add(a1, f32x4.mul(v, m1));
    if (C > 2) a2 = f32x4.add(a2, f32x4.mul(v, m2));
    if (R > 1) {
      v = v128.load32_splat(x + xRow);
      b0 = f32x4.add(b0, f32x4.mul(v, m0));
      if (C > 1) b1 = f32x4.add(b1, f32x4.mul(v, m1));
      if (C > 2) b2 = f32x4.add(b2, f32x4.mul(v, m2));
      v = v128.load32_splat(x + xRow2);
      c0 = f32x4.add(c0, f32x4.mul(v, m0));
      if (C > 1) c1 = f32x4.add(c1, f32x4.mul(v, m1));
      if (C > 2) c2 = f32x4.add(c2, f32x4.mul(v, m2));
      v = v128.load32_splat(x + xRow3);
      d0 = f32x4.add(d0, f32x4.mul(v, m0));
      if (C > 1) d1 = f32x4.add(d1, f32x4.mul(v, m1));
      if (C > 2) d2 = f32x4.add(d2, f32x4.mul(v, m2));
    }
    x += xTerm;
    m += mStride;
  }
  v128.store(out, a0);
  if (C > 1) v128.store(out, a1, 16);
  if (C > 2) v128.store(out, a2, 32);
  if (R > 1) {
    const out1 = out + outStride;
    const out2 = out1 + outStride;
    const out3 = out2 + outStride;
    v128.store(out1, b0);
    if (C > 1) v128.store(out1, b1, 16);
    if (C > 2) v128.store(out1, b2, 32);
    v128.store(out2, c0);
    if (C > 1) v128.store(out2, c1, 16);
    if (C > 2) v128.store(out2, c2, 32);
    v128.store(out3, d0);
    if (C > 1) v128.store(out3, d1, 16);
    if (C > 2) v128.store(out3, d2, 32);
  }
}

@inline
function panel(
  C: i32,
  rows: i32,
  out: usize,
  outStride: usize,
  init: usize,
  initStride: usize,
  x: usize,
  xRow: usize,
  xTerm: usize,
  terms: i32,
  m: usize,
  mStride: usize,
): void {
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    tile(4, C, out, outStride, init, initStride, x, xRow, xTerm, terms, m, mStride);
    out += outStride * 4;
    init += initStride * 4;
    x += xRow * 4;
  }
  for (; r < rows; r++) {
    tile(1, C, out, outStride, init, initStride, x, xRow, xTerm, terms, m, mStride);
    out += outStride;
    init += initStride;
    x += xRow;
  }
}

/**
 * @param rows rows of out, `outStride` bytes apart; `initStride` 0 gives all of them the same start
 * @param vectors width of out and m in vectors
 * @param xRow bytes between x[r, t] and x[r + 1, t], `xTerm` between x[r, t] and x[r, t + 1]
 */
export function multiply(
  rows: i32,
  vectors: i32,
  out: usize,
  outStride: usize,
  init: usize,
  initStride: usize,
  x: usize,
  xRow: usize,
  xTerm: usize,
  terms: i32,
  m: usize,
  mStride: usize,
): void {
  for (; vectors >= 3; vectors -= 3) {
    panel(3, rows, out, outStride, init, initStride, x, xRow, xTerm, terms, m, mStride);
    out += 48;
    init += 48;
    m += 48;
  }
  if (vectors === 2) panel(2, rows, out, outStride, init, initStride, x, xRow, xTerm, terms, m, mStride);
  else if (vectors === 1) panel(1, rows, out, outStride, init, initStride, x, xRow, xTerm, terms, m, mStride);
}
