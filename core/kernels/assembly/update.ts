/**
 * The second phase of a step: gradients, a few rows of weights at a time, and their update while they are at hand.
 * Threads take pieces in turn; a row's sum is one thread's work, so who takes what doesn't change a bit.
 */
import { accumulate } from './accumulate';
import { accumulateBytes } from './accumulate-bytes';
import { bucketBytes, bucketsOf, cellsOf, ENTRY, hasBytes, isSparse, layerOf } from './addresses';
import { convolutionRows } from './convolution';
import { listNonZeroBytes } from './lists';
import { multiply } from './multiply';
import { isOneTile, tileWidth } from './tile-width';
import { transposeColumns } from './transpose';
import * as L from '../layout';

export function update(layout: usize, thread: i32): void {
  const layers = load<i32>(layout, L.LAYER_COUNT);
  for (;;) {
    let piece = takePiece(layout);
    let index = 0;
    for (; index < layers; index++) {
      const layer = layerOf(layout, index);
      const inputs = load<i32>(layer, L.INPUTS);
      const pieces = inputs ? (inputs + L.PIECE_ROWS - 1) / L.PIECE_ROWS + 1 : 0;
      if (piece < pieces) {
        if (piece === pieces - 1) biasPiece(layout, layer, thread);
        else weightPiece(layout, layer, index, piece * L.PIECE_ROWS, thread);
        break;
      }
      piece -= pieces;
    }
    if (index === layers) return;
  }
}

function takePiece(layout: usize): i32 {
  // THREADS is set at build time.
  if (isDefined(THREADS)) return atomic.add<i32>(layout, 1, L.NEXT_PIECE);
  const piece = load<i32>(layout, L.NEXT_PIECE);
  store<i32>(layout, piece + 1, L.NEXT_PIECE);
  return piece;
}

function weightPiece(layout: usize, layer: usize, index: i32, first: i32, thread: i32): void {
  const end = min(first + L.PIECE_ROWS, load<i32>(layer, L.INPUTS));
  if (load<i32>(layer, L.KIND) === L.CONVOLUTION) windowRows(layout, layer, first, end, thread);
  else if (index === 0 && !hasBytes(layout, index)) bucketRows(layout, layer, first, end, thread);
  else if (hasBytes(layout, index) && isOneTile(layer)) byteRows(layout, layer, first, end, thread);
  else if (isSparse(layout, index)) listedRows(layout, layer, index, first, end, thread);
  else denseRows(layout, layer, index, first, end, thread);
}

/** The thread's scratch: room for a piece's rows of gradients. */
@inline
function scratchOf(layout: usize, thread: i32): usize {
  return <usize>load<u32>(layout, L.SCRATCH) + <usize>thread * <usize>load<u32>(layout, L.SCRATCH_BYTES);
}

/** Gradients straight from the bytes of a piece's columns, of rows of one tile. */
function byteRows(layout: usize, layer: usize, first: i32, end: i32, thread: i32): void {
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const rows = load<i32>(layout, L.ROWS);
  const byteValues = <usize>load<u32>(layout, L.BYTE_VALUES);
  const out = gradientOf(layout, layer, first, thread);
  const zeros = <usize>load<u32>(layout, L.ZEROS);
  const isFirst = load<i32>(layout, L.IS_FIRST);
  const deltas = <usize>load<u32>(layer, L.DELTAS);
  const columns = columnsOf(layout, thread, first);
  for (let i = 0; i < end - first; i++) {
    const row = out + <usize>i * stride;
    const bytes = columns + <usize>i * L.COLUMN_BYTES;
    accumulateBytes(<i32>(stride >> 4), row, isFirst ? zeros : row, deltas, stride, bytes, rows, byteValues);
  }
  updateRows(layout, layer, first, end - first, out);
}

/** The bytes of a piece's columns, each column's side by side. */
function columnsOf(layout: usize, thread: i32, first: i32): usize {
  const columns = <usize>load<u32>(layout, L.COLUMNS) + <usize>thread * L.COLUMNS_BYTES;
  const rows = load<i32>(layout, L.ROWS);
  transposeColumns(columns, L.COLUMN_BYTES, <usize>load<u32>(layout, L.ROW_ADDRESSES), rows, <usize>first);
  return columns;
}

/** Gradients from lists of what is not zero in each of a piece's columns. */
function listedRows(layout: usize, layer: usize, index: i32, first: i32, end: i32, thread: i32): void {
  const entries = <usize>load<u32>(layout, L.ENTRIES) + <usize>thread * L.ENTRIES_BYTES;
  const ends = <usize>load<u32>(layout, L.ENTRY_ENDS) + <usize>thread * L.PIECE_ROWS * 4;
  const batchRows = load<i32>(layout, L.ROWS);
  if (hasBytes(layout, index)) listColumnsOfBytes(layout, first, end, thread, entries, ends);
  else listColumns(layout, index, first, end, entries, ends);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const out = gradientOf(layout, layer, first, thread);
  const zeros = <usize>load<u32>(layout, L.ZEROS);
  const isFirst = load<i32>(layout, L.IS_FIRST);
  let width = 0;
  let offset: usize = 0;
  // Tile by tile, so that the deltas' columns are read from near for all rows of the piece.
  for (let left = <i32>(stride >> 4); left > 0; left -= width) {
    width = tileWidth(left);
    const deltas = <usize>load<u32>(layer, L.DELTAS) + offset;
    for (let i = 0; i < end - first; i++) {
      const row = out + <usize>i * stride + offset;
      const list = entries + <usize>i * L.COLUMN_ENTRIES_BYTES;
      accumulate(width, row, isFirst ? zeros : row, deltas, stride, list, <usize>load<u32>(ends + <usize>i * 4));
    }
    offset += <usize>width * 16;
  }
  updateRows(layout, layer, first, end - first, out);
}

function listColumnsOfBytes(layout: usize, first: i32, end: i32, thread: i32, entries: usize, ends: usize): void {
  const rows = load<i32>(layout, L.ROWS);
  const byteValues = <usize>load<u32>(layout, L.BYTE_VALUES);
  const columns = columnsOf(layout, thread, first);
  for (let i: usize = 0; i < <usize>(end - first); i++) {
    const list = entries + i * L.COLUMN_ENTRIES_BYTES;
    store<u32>(ends + i * 4, <u32>listNonZeroBytes(columns + i * L.COLUMN_BYTES, rows, byteValues, list));
  }
}

function listColumns(layout: usize, index: i32, first: i32, end: i32, entries: usize, ends: usize): void {
  const previous = layerOf(layout, index - 1);
  const inputStride = <usize>load<u32>(previous, L.STRIDE);
  const rows = load<i32>(layout, L.ROWS);
  for (let i: usize = 0; i < <usize>(end - first); i++) {
    let entry = entries + i * L.COLUMN_ENTRIES_BYTES;
    let value = <usize>load<u32>(previous, L.VALUES) + (<usize>first + i) * 4;
    for (let n = 0; n < rows; n++) {
      const x = load<f32>(value);
      store<i32>(entry, n);
      store<f32>(entry, x, 4);
      entry += x !== 0 ? ENTRY : 0;
      value += inputStride;
    }
    store<u32>(ends + i * 4, <u32>entry);
  }
}

/** Gradients from the buckets that each thread has filled with the data's entries. */
function bucketRows(layout: usize, layer: usize, first: i32, end: i32, thread: i32): void {
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const threads = load<i32>(layout, L.THREADS);
  const bytes = bucketBytes(layout);
  const out = gradientOf(layout, layer, first, thread);
  const zeros = <usize>load<u32>(layout, L.ZEROS);
  const isFirst = load<i32>(layout, L.IS_FIRST);
  let width = 0;
  let offset: usize = 0;
  for (let left = <i32>(stride >> 4); left > 0; left -= width) {
    width = tileWidth(left);
    const deltas = <usize>load<u32>(layer, L.DELTAS) + offset;
    for (let i = first; i < end; i++) {
      const row = out + <usize>(i - first) * stride + offset;
      let init = isFirst ? zeros : row;
      for (let t = 0; t < threads; t++) {
        const bucket = bucketsOf(layout, layer, t) + <usize>i * bytes;
        const last = <usize>load<u32>(cellsOf(layer, t) + <usize>i * 4);
        accumulate(width, row, init, deltas, stride, bucket, last);
        init = row;
      }
    }
    offset += <usize>width * 16;
  }
  updateRows(layout, layer, first, end - first, out);
}

/** Gradients over the values of the layer before: g[i, :] = Σ_n x[n, i] · d[n, :], n ascending. */
function denseRows(layout: usize, layer: usize, index: i32, first: i32, end: i32, thread: i32): void {
  const previous = layerOf(layout, index - 1);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const out = gradientOf(layout, layer, first, thread);
  const isFirst = load<i32>(layout, L.IS_FIRST);
  multiply(
    end - first,
    (load<i32>(layer, L.OUTPUTS) + 3) >> 2,
    out,
    stride,
    isFirst ? <usize>load<u32>(layout, L.ZEROS) : out,
    isFirst ? 0 : stride,
    <usize>load<u32>(previous, L.VALUES) + <usize>first * 4,
    4,
    <usize>load<u32>(previous, L.STRIDE),
    load<i32>(layout, L.ROWS),
    1,
    0,
    <usize>load<u32>(layer, L.DELTAS),
    stride,
  );
  clearUnused(layer, out, end - first);
  updateRows(layout, layer, first, end - first, out);
}

/** Gradients of a convolution, sample by sample, so that what all of the piece's rows read is near. */
function windowRows(layout: usize, layer: usize, first: i32, end: i32, thread: i32): void {
  const out = gradientOf(layout, layer, first, thread);
  let init = load<i32>(layout, L.IS_FIRST) ? <usize>load<u32>(layout, L.ZEROS) : out;
  let frame = <usize>load<u32>(layer, L.FRAME);
  let deltas = <usize>load<u32>(layer, L.DELTAS);
  for (let n = load<i32>(layout, L.ROWS); n > 0; n--) {
    convolutionRows(layer, frame, deltas, first, end, out, init, init === out ? <usize>load<u32>(layer, L.STRIDE) : 0);
    init = out;
    frame += <usize>load<u32>(layer, L.FRAME_BYTES);
    deltas += <usize>load<u32>(layer, L.ROW);
  }
  clearUnused(layer, out, end - first);
  updateRows(layout, layer, first, end - first, out);
}

/** Where the gradient's rows from `first` on come: their place, or the thread's scratch where nobody asks for them. */
@inline
function gradientOf(layout: usize, layer: usize, first: i32, thread: i32): usize {
  const kept = <usize>load<u32>(layer, L.GRADIENT);
  return kept ? kept + <usize>first * <usize>load<u32>(layer, L.STRIDE) : scratchOf(layout, thread);
}

/** The vectors of each row that the outputs don't reach become zero, as the weights' are that they change. */
function clearUnused(layer: usize, out: usize, rows: i32): void {
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const used = <usize>((load<i32>(layer, L.OUTPUTS) + 3) >> 2) * 16;
  for (const end = out + <usize>rows * stride; out < end; out += stride) {
    for (let at = used; at < stride; at += 16) v128.store(out + at, i64x2.splat(0));
  }
}

/** g[j] = Σ_n d[n, j], n ascending, and the bias's update. */
function biasPiece(layout: usize, layer: usize, thread: i32): void {
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const deltas = <usize>load<u32>(layer, L.DELTAS);
  const rows = load<i32>(layout, L.ROWS) * load<i32>(layer, L.PLACE_COUNT);
  const kept = <usize>load<u32>(layer, L.BIAS_GRADIENT);
  const out = kept ? kept : scratchOf(layout, thread);
  const isFirst = load<i32>(layout, L.IS_FIRST);
  if (isFirst) memory.fill(out, 0, stride);
  let j: usize = 0;
  // Four at a time: sums that don't wait for each other.
  for (; j + 64 <= stride; j += 64) {
    let a = v128.load(out + j);
    let b = v128.load(out + j, 16);
    let c = v128.load(out + j, 32);
    let d = v128.load(out + j, 48);
    let at = deltas + j;
    for (let n = 0; n < rows; n++) {
      a = f32x4.add(a, v128.load(at));
      b = f32x4.add(b, v128.load(at, 16));
      c = f32x4.add(c, v128.load(at, 32));
      d = f32x4.add(d, v128.load(at, 48));
      at += stride;
    }
    v128.store(out + j, a);
    v128.store(out + j, b, 16);
    v128.store(out + j, c, 32);
    v128.store(out + j, d, 48);
  }
  for (; j < stride; j += 16) {
    let sum = v128.load(out + j);
    for (let n = 0; n < rows; n++) sum = f32x4.add(sum, v128.load(deltas + <usize>n * stride + j));
    v128.store(out + j, sum);
  }
  if (!load<i32>(layout, L.IS_LAST)) return;
  apply(
    layout,
    <usize>load<u32>(layer, L.BIAS),
    out,
    <usize>load<u32>(layer, L.BIAS_STATE_1),
    <usize>load<u32>(layer, L.BIAS_STATE_2),
    stride,
    0,
  );
}

function updateRows(layout: usize, layer: usize, first: i32, rows: i32, gradient: usize): void {
  if (!load<i32>(layout, L.IS_LAST)) return;
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const offset = <usize>first * stride;
  apply(
    layout,
    <usize>load<u32>(layer, L.WEIGHTS) + offset,
    gradient,
    <usize>load<u32>(layer, L.STATE_1) + offset,
    <usize>load<u32>(layer, L.STATE_2) + offset,
    <usize>rows * stride,
    load<f32>(layout, L.WEIGHT_DECAY),
  );
}

/** Keeps AdaGrad's and Adam's divisor above 0; the textbook's value. */
const EPSILON: f32 = 1e-7;

/** One update of `bytes` of parameters; core/kernels/update-rule.ts has the formulas. */
function apply(layout: usize, w: usize, g: usize, s: usize, t: usize, bytes: usize, weightDecay: f32): void {
  const kind = load<i32>(layout, L.UPDATE);
  const rate = f32x4.splat(load<f32>(layout, L.RATE));
  const decay = f32x4.splat(weightDecay);
  const factor1 = f32x4.splat(load<f32>(layout, L.FACTOR_1));
  const factor2 = f32x4.splat(load<f32>(layout, L.FACTOR_2));
  const epsilon = f32x4.splat(EPSILON);
  const isDecaying = weightDecay !== 0;
  if (kind === L.UPDATE_SGD && !isDecaying) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(w + at, f32x4.sub(v128.load(w + at), f32x4.mul(rate, v128.load(g + at))));
    }
    return;
  }
  for (let at: usize = 0; at < bytes; at += 16) {
    let parameter = v128.load(w + at);
    let gradient = v128.load(g + at);
    if (isDecaying) gradient = f32x4.add(gradient, f32x4.mul(decay, parameter));
    switch (kind) {
      case L.UPDATE_SGD: {
        parameter = f32x4.sub(parameter, f32x4.mul(rate, gradient));
        break;
      }
      case L.UPDATE_MOMENTUM: {
        const v = f32x4.sub(f32x4.mul(factor1, v128.load(s + at)), f32x4.mul(rate, gradient));
        v128.store(s + at, v);
        parameter = f32x4.add(parameter, v);
        break;
      }
      case L.UPDATE_ADAGRAD: {
        const h = f32x4.add(v128.load(s + at), f32x4.mul(gradient, gradient));
        v128.store(s + at, h);
        const divisor = f32x4.add(f32x4.sqrt(h), epsilon);
        parameter = f32x4.sub(parameter, f32x4.div(f32x4.mul(rate, gradient), divisor));
        break;
      }
      case L.UPDATE_ADAM: {
        const m0 = v128.load(s + at);
        const v0 = v128.load(t + at);
        const m = f32x4.add(m0, f32x4.mul(factor1, f32x4.sub(gradient, m0)));
        const v = f32x4.add(v0, f32x4.mul(factor2, f32x4.sub(f32x4.mul(gradient, gradient), v0)));
        v128.store(s + at, m);
        v128.store(t + at, v);
        const divisor = f32x4.add(f32x4.sqrt(v), epsilon);
        parameter = f32x4.sub(parameter, f32x4.div(f32x4.mul(rate, m), divisor));
        break;
      }
      default:
        break;
    }
    v128.store(w + at, parameter);
  }
}
