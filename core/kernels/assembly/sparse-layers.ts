/** Layers that leave out zero inputs: the first, over the data's bytes or entries, and those after ReLU and step. */
import { accumulate } from './accumulate';
import { accumulateBytes } from './accumulate-bytes';
import { bucketBytes, bucketsOf, cellsOf, ENTRY, hasBytes, layerOf, listOf, rowAddress, spanOf } from './addresses';
import { listNonZeroBytes, listNonZeroFloats } from './lists';
import { isOneTile, tileWidth } from './tile-width';
import * as L from '../layout';

export function firstLayer(layout: usize, thread: i32, first: i32, end: i32): void {
  if (!hasBytes(layout, 0)) {
    pointToEntries(layout, thread, first, end);
  } else {
    pointToBytes(layout, thread, first, end);
    if (isOneTile(layerOf(layout, 0))) return bytesLayer(layout, first, end);
    listBytes(layout, first, end);
  }
  entriesLayer(layout, 0, first, end);
}

/** A hidden layer over the non-zero activations of the one before, which it lists on the way. */
export function listedLayer(layout: usize, index: i32, first: i32, end: i32): void {
  const layer = layerOf(layout, index);
  const inputs = load<i32>(layer, L.INPUTS);
  const previous = layerOf(layout, index - 1);
  const inputStride = <usize>load<u32>(previous, L.STRIDE);
  const activations = <usize>load<u32>(previous, L.VALUES);
  for (let n = first; n < end; n++) {
    const list = listOf(layer, n);
    const span = spanOf(layout, n);
    store<u32>(span, <u32>list);
    const listEnd = listNonZeroFloats(activations + <usize>n * inputStride, inputs, list);
    store<u32>(span, <u32>listEnd, 4);
    // The way back asks for the list's end after the spans have gone on to the next layer.
    store<u32>(list + <usize>inputs * ENTRY + ENTRY, <u32>listEnd);
  }
  entriesLayer(layout, index, first, end);
}

/** z = b + x·W over the entries in the rows' spans. */
function entriesLayer(layout: usize, index: i32, first: i32, end: i32): void {
  const layer = layerOf(layout, index);
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
      const span = spanOf(layout, n);
      accumulate(
        width,
        values + <usize>n * stride + offset,
        bias + offset,
        weights + offset,
        stride,
        <usize>load<u32>(span),
        <usize>load<u32>(span, 4),
      );
    }
    offset += <usize>width * 16;
  }
}

/** Spans of the data's entries, and in training the thread's buckets of them. */
function pointToEntries(layout: usize, thread: i32, first: i32, end: i32): void {
  const batch = <usize>load<u32>(layout, L.BATCH);
  const pointers = <usize>load<u32>(layout, L.X_POINTERS);
  const x = load<u32>(layout, L.X_ENTRIES);
  for (let n = first; n < end; n++) {
    const row = pointers + <usize>load<u32>(batch + <usize>n * 4) * 4;
    const span = spanOf(layout, n);
    store<u32>(span, x + load<u32>(row) * <u32>ENTRY);
    store<u32>(span, x + load<u32>(row, 4) * <u32>ENTRY, 4);
  }
  if (load<i32>(layout, L.IS_TRAINING)) fillBuckets(layout, thread, first, end);
}

/** Puts each entry of the rows into the bucket of its column, as {row, value}. */
function fillBuckets(layout: usize, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(layout, 0);
  const inputs = load<i32>(layer, L.INPUTS);
  const cells = cellsOf(layer, thread);
  const bytes = <u32>bucketBytes(layout);
  let bucket = <u32>bucketsOf(layout, layer, thread);
  for (let i = 0; i < inputs; i++) {
    store<u32>(cells + <usize>i * 4, bucket);
    bucket += bytes;
  }
  for (let n = first; n < end; n++) {
    const span = spanOf(layout, n);
    const last = <usize>load<u32>(span, 4);
    for (let e = <usize>load<u32>(span); e < last; e += ENTRY) {
      const cell = cells + <usize>load<u32>(e) * 4;
      const slot = load<u32>(cell);
      store<u32>(cell, slot + <u32>ENTRY);
      store<u32>(<usize>slot, n);
      store<u32>(<usize>slot, load<u32>(e, 4), 4);
    }
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

/** Says where each row's bytes begin. */
function pointToBytes(layout: usize, thread: i32, first: i32, end: i32): void {
  const batch = <usize>load<u32>(layout, L.BATCH);
  const rowBytes = load<u32>(layout, L.X_STRIDE);
  for (let n = first; n < end; n++) {
    const row = load<u32>(layout, L.X_BYTES) + load<u32>(batch + <usize>n * 4) * rowBytes;
    store<u32>(rowAddress(layout, n), row);
  }
  touchRows(layout, thread, first, end, rowBytes);
}

/** z = b + x·W straight from the rows' bytes, where W is one tile wide. */
function bytesLayer(layout: usize, first: i32, end: i32): void {
  const layer = layerOf(layout, 0);
  const columns = load<i32>(layer, L.INPUTS);
  const byteValues = <usize>load<u32>(layout, L.BYTE_VALUES);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const values = <usize>load<u32>(layer, L.VALUES);
  const weights = <usize>load<u32>(layer, L.WEIGHTS);
  const bias = <usize>load<u32>(layer, L.BIAS);
  for (let n = first; n < end; n++) {
    const bytes = <usize>load<u32>(rowAddress(layout, n));
    accumulateBytes(<i32>(stride >> 4), values + <usize>n * stride, bias, weights, stride, bytes, columns, byteValues);
  }
}

/** Lists the bytes of each row that are not zero, one list behind the other. */
function listBytes(layout: usize, first: i32, end: i32): void {
  const layer = layerOf(layout, 0);
  const columns = load<i32>(layer, L.INPUTS);
  const byteValues = <usize>load<u32>(layout, L.BYTE_VALUES);
  let entry = listOf(layer, first);
  for (let n = first; n < end; n++) {
    const span = spanOf(layout, n);
    store<u32>(span, <u32>entry);
    entry = listNonZeroBytes(<usize>load<u32>(rowAddress(layout, n)), columns, byteValues, entry);
    store<u32>(span, <u32>entry, 4);
  }
}
