/** Layers that leave out zero inputs: the first, over the data's bytes or entries, and those after ReLU and step. */
import { accumulateBytes } from './accumulate-bytes';
import { accumulateEntries } from './accumulate-entries';
import { bucketBytes, bucketsOf, cellsOf, ENTRY, hasBytes, layerOf, listOf, rowAddress, spanOf } from './addresses';
import { tileWidth } from './tile-width';
import * as L from '../layout';

export function firstLayer(layout: usize, thread: i32, first: i32, end: i32): void {
  if (hasBytes(layout, 0)) return bytesLayer(layout, thread, first, end);
  const batch = <usize>load<u32>(layout, L.BATCH);
  const pointers = <usize>load<u32>(layout, L.X_POINTERS);
  const x = load<u32>(layout, L.X_ENTRIES);
  for (let n = first; n < end; n++) {
    const row = pointers + <usize>load<u32>(batch + <usize>n * 4) * 4;
    const span = spanOf(layout, n);
    store<u32>(span, x + load<u32>(row) * <u32>ENTRY);
    store<u32>(span, x + load<u32>(row, 4) * <u32>ENTRY, 4);
  }
  entriesLayer(layout, 0, thread, first, end);
}

/** A hidden layer over the non-zero activations of the one before, which it lists on the way. */
export function listedLayer(layout: usize, index: i32, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(layout, index);
  const inputs = load<i32>(layer, L.INPUTS);
  const previous = layerOf(layout, index - 1);
  const inputStride = <usize>load<u32>(previous, L.STRIDE);
  const activations = <usize>load<u32>(previous, L.VALUES);
  for (let n = first; n < end; n++) {
    const list = listOf(layer, n);
    const span = spanOf(layout, n);
    store<u32>(span, <u32>list);
    const listEnd = listNonZero(activations + <usize>n * inputStride, inputs, list);
    store<u32>(span, <u32>listEnd, 4);
    // The way back asks for the list's end after the spans have gone on to the next layer.
    store<u32>(list + <usize>inputs * ENTRY + ENTRY, <u32>listEnd);
  }
  entriesLayer(layout, index, thread, first, end);
}

/** z = b + x·W over the entries in the rows' spans. */
function entriesLayer(layout: usize, index: i32, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(layout, index);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const values = <usize>load<u32>(layer, L.VALUES);
  const weights = <usize>load<u32>(layer, L.WEIGHTS);
  const bias = <usize>load<u32>(layer, L.BIAS);
  let cells = emptyBuckets(layout, layer, thread);
  let offset: usize = 0;
  let width = 0;
  for (let left = <i32>(stride >> 4); left > 0; left -= width) {
    width = tileWidth(left);
    for (let n = first; n < end; n++) {
      const span = spanOf(layout, n);
      const row = <usize>n * stride;
      accumulateEntries(
        width,
        values + row + offset,
        bias + offset,
        weights + offset,
        stride,
        <usize>load<u32>(span),
        <usize>load<u32>(span, 4),
        cells,
        <u32>row,
      );
    }
    // The first tile has seen all entries.
    cells = 0;
    offset += <usize>width * 16;
  }
}

/**
 * Reads a byte of every cache line of the rows. They lie anywhere in the data, so each is a miss of all caches; here
 * the misses overlap, which they would not while each row's sum is worked out.
 */
function touchRows(layout: usize, thread: i32, first: i32, end: i32, rowBytes: u32): void {
  let touched: u32 = 0;
  for (let n = first; n < end; n++) {
    const row = <usize>load<u32>(rowAddress(layout, n));
    for (let c: usize = 0; c < <usize>rowBytes; c += 64) touched |= <u32>load<u8>(row + c);
  }
  // Somewhere, so that the reads are not left out.
  store<u32>(<usize>load<u32>(layout, L.SCRATCH) + <usize>thread * <usize>load<u32>(layout, L.SCRATCH_BYTES), touched);
}

function bytesLayer(layout: usize, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(layout, 0);
  const columns = load<i32>(layer, L.INPUTS);
  const batch = <usize>load<u32>(layout, L.BATCH);
  const rowBytes = load<u32>(layout, L.X_STRIDE);
  for (let n = first; n < end; n++) {
    const row = load<u32>(layout, L.X_BYTES) + load<u32>(batch + <usize>n * 4) * rowBytes;
    store<u32>(rowAddress(layout, n), row);
  }
  touchRows(layout, thread, first, end, rowBytes);
  const byteValues = <usize>load<u32>(layout, L.BYTE_VALUES);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const values = <usize>load<u32>(layer, L.VALUES);
  const weights = <usize>load<u32>(layer, L.WEIGHTS);
  const bias = <usize>load<u32>(layer, L.BIAS);
  let offset: usize = 0;
  let width = 0;
  // Tile by tile, so that a tile's columns of the weights stay near while all rows pass by.
  for (let left = <i32>(stride >> 4); left > 0; left -= width) {
    width = tileWidth(left);
    for (let n = first; n < end; n++) {
      accumulateBytes(
        width,
        values + <usize>n * stride + offset,
        bias + offset,
        weights + offset,
        stride,
        <usize>load<u32>(rowAddress(layout, n)),
        columns,
        byteValues,
      );
    }
    offset += <usize>width * 16;
  }
}

/** Empties the thread's buckets of a layer; gives the address of its cells, 0 when not training. */
function emptyBuckets(layout: usize, layer: usize, thread: i32): usize {
  if (!load<i32>(layout, L.IS_TRAINING)) return 0;
  const inputs = load<i32>(layer, L.INPUTS);
  const cells = cellsOf(layer, thread);
  const bytes = <u32>bucketBytes(layout);
  let bucket = <u32>bucketsOf(layout, layer, thread);
  for (let i = 0; i < inputs; i++) {
    store<u32>(cells + <usize>i * 4, bucket);
    bucket += bytes;
  }
  return cells;
}

/** Writes an entry per non-zero value, and one more that may be none; gives the end. */
function listNonZero(values: usize, count: i32, entry: usize): usize {
  for (let i = 0; i < count; i++) {
    const value = load<f32>(values + <usize>i * 4);
    store<u32>(entry, i);
    store<f32>(entry, value, 4);
    entry += value !== 0 ? ENTRY : 0;
  }
  return entry;
}
