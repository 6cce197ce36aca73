/**
 * The kernel of dense layers and of convolutions, forward and gradient alike: out[r, :] = init[r, :] + Σ_t x[r, t] · m[t, :],
 * t ascending, each product and each sum rounded. The terms come in runs, between which x goes on somewhere else.
 *
 * A tile of 2 rows by 4 vectors of accumulators stays in registers: with the 4 vectors of m, a factor and a product they
 * are 14, and V8 has 15 to give. Four vectors beside each other also are two pairs, for engines that join pairs.
 */

/** One tile of R rows (1 or 2) by C vectors (1 to 4), constants at every call, so that the lines that don't apply vanish. */
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
  runs: i32,
  xRun: usize,
  m: usize,
  mStride: usize,
): void {
  const init1 = init + initStride;
  let a0 = v128.load(init);
  let a1 = C > 1 ? v128.load(init, 16) : a0;
  let a2 = C > 2 ? v128.load(init, 32) : a0;
  let a3 = C > 3 ? v128.load(init, 48) : a0;
  let b0 = R > 1 ? v128.load(init1) : a0;
  let b1 = R > 1 && C > 1 ? v128.load(init1, 16) : a0;
  let b2 = R > 1 && C > 2 ? v128.load(init1, 32) : a0;
  let b3 = R > 1 && C > 3 ? v128.load(init1, 48) : a0;
  for (let run = 0; run < runs; run++) {
    let at = x;
    for (let t = 0; t < terms; t++) {
      const m0 = v128.load(m);
      const m1 = C > 1 ? v128.load(m, 16) : m0;
      const m2 = C > 2 ? v128.load(m, 32) : m0;
      const m3 = C > 3 ? v128.load(m, 48) : m0;
      const v = v128.load32_splat(at);
      a0 = f32x4.add(a0, f32x4.mul(v, m0));
      if (C > 1) a1 = f32x4.add(a1, f32x4.mul(v, m1));
      if (C > 2) a2 = f32x4.add(a2, f32x4.mul(v, m2));
      if (C > 3) a3 = f32x4.add(a3, f32x4.mul(v, m3));
      if (R > 1) {
        const u = v128.load32_splat(at + xRow);
        b0 = f32x4.add(b0, f32x4.mul(u, m0));
        if (C > 1) b1 = f32x4.add(b1, f32x4.mul(u, m1));
        if (C > 2) b2 = f32x4.add(b2, f32x4.mul(u, m2));
        if (C > 3) b3 = f32x4.add(b3, f32x4.mul(u, m3));
      }
      at += xTerm;
      m += mStride;
    }
    x += xRun;
  }
  v128.store(out, a0);
  if (C > 1) v128.store(out, a1, 16);
  if (C > 2) v128.store(out, a2, 32);
  if (C > 3) v128.store(out, a3, 48);
  if (R > 1) {
    const out1 = out + outStride;
    v128.store(out1, b0);
    if (C > 1) v128.store(out1, b1, 16);
    if (C > 2) v128.store(out1, b2, 32);
    if (C > 3) v128.store(out1, b3, 48);
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
  runs: i32,
  xRun: usize,
  m: usize,
  mStride: usize,
): void {
  let r = 0;
  for (; r + 2 <= rows; r += 2) {
    tile(2, C, out, outStride, init, initStride, x, xRow, xTerm, terms, runs, xRun, m, mStride);
    out += outStride * 2;
    init += initStride * 2;
    x += xRow * 2;
  }
  if (r < rows) tile(1, C, out, outStride, init, initStride, x, xRow, xTerm, terms, runs, xRun, m, mStride);
}

export function multiply1(
  rows: i32,
  out: usize,
  outStride: usize,
  init: usize,
  initStride: usize,
  x: usize,
  xRow: usize,
  xTerm: usize,
  terms: i32,
  runs: i32,
  xRun: usize,
  m: usize,
  mStride: usize,
): void {
  panel(1, rows, out, outStride, init, initStride, x, xRow, xTerm, terms, runs, xRun, m, mStride);
}

export function multiply2(
  rows: i32,
  out: usize,
  outStride: usize,
  init: usize,
  initStride: usize,
  x: usize,
  xRow: usize,
  xTerm: usize,
  terms: i32,
  runs: i32,
  xRun: usize,
  m: usize,
  mStride: usize,
): void {
  panel(2, rows, out, outStride, init, initStride, x, xRow, xTerm, terms, runs, xRun, m, mStride);
}

export function multiply3(
  rows: i32,
  out: usize,
  outStride: usize,
  init: usize,
  initStride: usize,
  x: usize,
  xRow: usize,
  xTerm: usize,
  terms: i32,
  runs: i32,
  xRun: usize,
  m: usize,
  mStride: usize,
): void {
  panel(3, rows, out, outStride, init, initStride, x, xRow, xTerm, terms, runs, xRun, m, mStride);
}

export function multiply4(
  rows: i32,
  out: usize,
  outStride: usize,
  init: usize,
  initStride: usize,
  x: usize,
  xRow: usize,
  xTerm: usize,
  terms: i32,
  runs: i32,
  xRun: usize,
  m: usize,
  mStride: usize,
): void {
  panel(4, rows, out, outStride, init, initStride, x, xRow, xTerm, terms, runs, xRun, m, mStride);
}

/**
 * @param rows rows of out, `outStride` bytes apart; `initStride` 0 gives all of them the same start
 * @param vectors width of out and m in vectors
 * @param xRow bytes between x[r, t] and x[r + 1, t], `xTerm` between x[r, t] and x[r, t + 1] of the same run
 * @param terms of a run @param runs whose beginnings are `xRun` bytes apart
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
  runs: i32,
  xRun: usize,
  m: usize,
  mStride: usize,
): void {
  for (; vectors >= 4; vectors -= 4) {
    multiply4(rows, out, outStride, init, initStride, x, xRow, xTerm, terms, runs, xRun, m, mStride);
    out += 64;
    init += 64;
    m += 64;
  }
  if (vectors === 3) multiply3(rows, out, outStride, init, initStride, x, xRow, xTerm, terms, runs, xRun, m, mStride);
  else if (vectors === 2) multiply2(rows, out, outStride, init, initStride, x, xRow, xTerm, terms, runs, xRun, m, mStride);
  else if (vectors === 1) multiply1(rows, out, outStride, init, initStride, x, xRow, xTerm, terms, runs, xRun, m, mStride);
}
