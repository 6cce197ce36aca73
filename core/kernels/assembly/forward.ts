/**
 * The first phase of a step, on one thread's share of the block's rows: activations of all layers, and in training the
 * deltas of all layers and the column buckets that the update phase reads.
 */
import { accumulateBytes } from './accumulate-bytes';
import { accumulateEntries, ENTRY } from './accumulate-entries';
import { dotListed, dotRows } from './dot';
import {
  isFiniteRow,
  outputDelta,
  relu,
  sigmoid,
  sigmoidBackward,
  softmaxRow,
  step as stepActivation,
} from './elementwise';
import { multiply } from './multiply';
import { tileWidth } from './tile-width';
import * as P from '../plan';

/** Layer `index`'s record. */
// @ts-ignore: decorator
@inline
export function layerOf(plan: usize, index: i32): usize {
  return plan + P.LAYERS + <usize>index * P.LAYER_BYTES;
}

/** Whether zero inputs of the layer are left out: the data's, and those of hidden units that are often exactly 0. */
// @ts-ignore: decorator
@inline
export function isSparse(plan: usize, index: i32): bool {
  const activation = load<i32>(plan, P.ACTIVATION);
  return index === 0 || activation === P.RELU || activation === P.STEP;
}

/** First row of a thread's share. */
// @ts-ignore: decorator
@inline
function firstRow(plan: usize, thread: i32): i32 {
  return (load<i32>(plan, P.ROWS) * thread) / load<i32>(plan, P.THREADS);
}

export function forward(plan: usize, thread: i32): void {
  const first = firstRow(plan, thread);
  const end = firstRow(plan, thread + 1);
  const layers = load<i32>(plan, P.LAYER_COUNT);
  for (let index = 0; index < layers; index++) {
    const layer = layerOf(plan, index);
    if (index === 0) firstLayer(plan, thread, first, end);
    else if (isSparse(plan, index)) listedLayer(plan, index, thread, first, end);
    else denseLayer(plan, index, first, end);
    const stride = <usize>load<u32>(layer, P.STRIDE);
    const values = <usize>load<u32>(layer, P.VALUES) + <usize>first * stride;
    if (index < layers - 1) activate(load<i32>(plan, P.ACTIVATION), values, <usize>(end - first) * stride);
  }
  outputs(plan, thread, first, end);
  if (load<i32>(plan, P.IS_TRAINING)) {
    for (let index = layers - 1; index > 0; index--) backward(plan, index, first, end);
  }
}

function activate(activation: i32, values: usize, bytes: usize): void {
  if (activation === P.SIGMOID) sigmoid(values, bytes);
  else if (activation === P.RELU) relu(values, bytes);
  else if (activation === P.STEP) stepActivation(values, bytes);
}

/** The thread's buckets of a layer, one per input with room for each of the thread's rows. */
// @ts-ignore: decorator
@inline
export function bucketsOf(plan: usize, layer: usize, thread: i32): usize {
  return (
    <usize>load<u32>(layer, P.BUCKETS) +
    <usize>thread * <usize>load<u32>(layer, P.INPUTS) * bucketBytes(plan)
  );
}

// @ts-ignore: decorator
@inline
export function bucketBytes(plan: usize): usize {
  return <usize>load<u32>(plan, P.CAPACITY) * ENTRY;
}

/** Where the thread's buckets of a layer go on, u32 [inputs]. */
// @ts-ignore: decorator
@inline
export function cellsOf(layer: usize, thread: i32): usize {
  return <usize>load<u32>(layer, P.CELLS) + <usize>thread * <usize>load<u32>(layer, P.INPUTS) * 4;
}

/** Empties the thread's buckets of a layer; gives the address of its cells, 0 when not training. */
function emptyBuckets(plan: usize, layer: usize, thread: i32): usize {
  if (!load<i32>(plan, P.IS_TRAINING)) return 0;
  const inputs = load<i32>(layer, P.INPUTS);
  const cells = cellsOf(layer, thread);
  const bytes = <u32>bucketBytes(plan);
  let bucket = <u32>bucketsOf(plan, layer, thread);
  for (let i = 0; i < inputs; i++) {
    store<u32>(cells + <usize>i * 4, bucket);
    bucket += bytes;
  }
  return cells;
}

/** Whether the data is bytes, which need no buckets: the update phase reads their columns. */
// @ts-ignore: decorator
@inline
export function hasBytes(plan: usize, index: i32): bool {
  return index === 0 && load<u32>(plan, P.X_BYTES) !== 0;
}

/** Address of the bytes of each of the block's rows, u32 [rows]. */
// @ts-ignore: decorator
@inline
function rowAddress(plan: usize, n: i32): usize {
  return <usize>load<u32>(plan, P.ROW_ADDRESSES) + <usize>n * 4;
}

/**
 * Reads a byte of every cache line of the rows. They lie anywhere in the data, so each is a miss of all caches; here
 * the misses overlap, which they would not while each row's sum is worked out.
 */
function touchRows(plan: usize, thread: i32, first: i32, end: i32, rowBytes: u32): void {
  let touched: u32 = 0;
  for (let n = first; n < end; n++) {
    const row = <usize>load<u32>(rowAddress(plan, n));
    for (let c: usize = 0; c < <usize>rowBytes; c += 64) touched |= <u32>load<u8>(row + c);
  }
  // Somewhere, so that the reads are not left out.
  store<u32>(<usize>load<u32>(plan, P.SCRATCH) + <usize>thread * <usize>load<u32>(plan, P.SCRATCH_BYTES), touched);
}

function bytesLayer(plan: usize, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(plan, 0);
  const columns = load<i32>(layer, P.INPUTS);
  const batch = <usize>load<u32>(plan, P.BATCH);
  const rowBytes = load<u32>(plan, P.X_STRIDE);
  for (let n = first; n < end; n++) {
    const row = load<u32>(plan, P.X_BYTES) + load<u32>(batch + <usize>n * 4) * rowBytes;
    store<u32>(rowAddress(plan, n), row);
  }
  touchRows(plan, thread, first, end, rowBytes);
  const byteValues = <usize>load<u32>(plan, P.BYTE_VALUES);
  const stride = <usize>load<u32>(layer, P.STRIDE);
  const values = <usize>load<u32>(layer, P.VALUES);
  const weights = <usize>load<u32>(layer, P.WEIGHTS);
  const bias = <usize>load<u32>(layer, P.BIAS);
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
        <usize>load<u32>(rowAddress(plan, n)),
        columns,
        byteValues,
      );
    }
    offset += <usize>width * 16;
  }
}

/** {u32 first entry, u32 end} of each of the block's rows. */
// @ts-ignore: decorator
@inline
function spanOf(plan: usize, n: i32): usize {
  return <usize>load<u32>(plan, P.SPANS) + <usize>n * 8;
}

function firstLayer(plan: usize, thread: i32, first: i32, end: i32): void {
  if (hasBytes(plan, 0)) return bytesLayer(plan, thread, first, end);
  const batch = <usize>load<u32>(plan, P.BATCH);
  const pointers = <usize>load<u32>(plan, P.X_POINTERS);
  const x = load<u32>(plan, P.X_ENTRIES);
  for (let n = first; n < end; n++) {
    const row = pointers + <usize>load<u32>(batch + <usize>n * 4) * 4;
    const span = spanOf(plan, n);
    store<u32>(span, x + load<u32>(row) * <u32>ENTRY);
    store<u32>(span, x + load<u32>(row, 4) * <u32>ENTRY, 4);
  }
  entriesLayer(plan, 0, thread, first, end);
}

/** A hidden layer over the non-zero activations of the one before, which it lists on the way. */
function listedLayer(plan: usize, index: i32, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(plan, index);
  const inputs = load<i32>(layer, P.INPUTS);
  const previous = layerOf(plan, index - 1);
  const inputStride = <usize>load<u32>(previous, P.STRIDE);
  const activations = <usize>load<u32>(previous, P.VALUES);
  for (let n = first; n < end; n++) {
    const list = listOf(layer, n);
    const span = spanOf(plan, n);
    store<u32>(span, <u32>list);
    const listEnd = listNonZero(activations + <usize>n * inputStride, inputs, list);
    store<u32>(span, <u32>listEnd, 4);
    // The way back asks for the list's end after the spans have gone on to the next layer.
    store<u32>(list + <usize>inputs * ENTRY + ENTRY, <u32>listEnd);
  }
  entriesLayer(plan, index, thread, first, end);
}

/** z = b + x·W over the entries in the rows' spans. */
function entriesLayer(plan: usize, index: i32, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(plan, index);
  const stride = <usize>load<u32>(layer, P.STRIDE);
  const values = <usize>load<u32>(layer, P.VALUES);
  const weights = <usize>load<u32>(layer, P.WEIGHTS);
  const bias = <usize>load<u32>(layer, P.BIAS);
  let cells = emptyBuckets(plan, layer, thread);
  let offset: usize = 0;
  let width = 0;
  for (let left = <i32>(stride >> 4); left > 0; left -= width) {
    width = tileWidth(left);
    for (let n = first; n < end; n++) {
      const span = spanOf(plan, n);
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

/** A sample's list: an entry per input at most, one to overwrite, and its end's address. */
// @ts-ignore: decorator
@inline
function listOf(layer: usize, n: i32): usize {
  return <usize>load<u32>(layer, P.LISTS) + <usize>n * (<usize>load<u32>(layer, P.INPUTS) + 2) * ENTRY;
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

function denseLayer(plan: usize, index: i32, first: i32, end: i32): void {
  const layer = layerOf(plan, index);
  const stride = <usize>load<u32>(layer, P.STRIDE);
  const previous = layerOf(plan, index - 1);
  const inputStride = <usize>load<u32>(previous, P.STRIDE);
  multiply(
    end - first,
    <i32>(stride >> 4),
    <usize>load<u32>(layer, P.VALUES) + <usize>first * stride,
    stride,
    <usize>load<u32>(layer, P.BIAS),
    0,
    <usize>load<u32>(previous, P.VALUES) + <usize>first * inputStride,
    inputStride,
    4,
    load<i32>(layer, P.INPUTS),
    <usize>load<u32>(layer, P.WEIGHTS),
    stride,
  );
}

/** The output function, whether its results are finite, and in training the last layer's deltas. */
function outputs(plan: usize, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(plan, load<i32>(plan, P.LAYER_COUNT) - 1);
  const width = load<i32>(layer, P.OUTPUTS);
  const stride = <usize>load<u32>(layer, P.STRIDE);
  const values = <usize>load<u32>(layer, P.VALUES);
  const isSoftmax = load<i32>(plan, P.OUTPUT) === P.SOFTMAX;
  const isTraining = load<i32>(plan, P.IS_TRAINING);
  let isFinite: i32 = 1;
  for (let n = first; n < end; n++) {
    const row = values + <usize>n * stride;
    if (isSoftmax) softmaxRow(row, width);
    if (!isTraining) continue;
    if (!isFiniteRow(row, width)) isFinite = 0;
    const label = <i32>load<u8>(<usize>load<u32>(plan, P.LABELS) + <usize>n);
    const delta = <usize>load<u32>(layer, P.DELTAS) + <usize>n * stride;
    outputDelta(delta, row, width, label, load<i32>(plan, P.BATCH_ROWS));
  }
  store<i32>(plan + P.IS_FINITE + <usize>thread * 4, isFinite);
}

/** Deltas of the layer before `index`: the dot products with this layer's weights, times the derivative. */
function backward(plan: usize, index: i32, first: i32, end: i32): void {
  const activation = load<i32>(plan, P.ACTIVATION);
  const layer = layerOf(plan, index);
  const previous = layerOf(plan, index - 1);
  const inputs = load<i32>(layer, P.INPUTS);
  const stride = <usize>load<u32>(layer, P.STRIDE);
  const weights = <usize>load<u32>(layer, P.WEIGHTS);
  const inputStride = <usize>load<u32>(previous, P.STRIDE);
  const target = <usize>load<u32>(previous, P.DELTAS) + <usize>first * inputStride;
  const bytes = <usize>(end - first) * inputStride;
  const deltas = <usize>load<u32>(layer, P.DELTAS);
  // Only where an activation is not 0 does anything come back through ReLU, and nothing at all through a step.
  if (isSparse(plan, index)) memory.fill(target, 0, bytes);
  if (activation === P.STEP) return;
  for (let n = first; n < end; n++) {
    const delta = deltas + <usize>n * stride;
    const p = <usize>load<u32>(previous, P.DELTAS) + <usize>n * inputStride;
    if (activation === P.RELU) {
      const list = listOf(layer, n);
      const listEnd = <usize>load<u32>(list + <usize>inputs * ENTRY + ENTRY);
      dotListed(p, list, <i32>((listEnd - list) / ENTRY), delta, stride, weights);
    } else {
      dotRows(p, inputs, delta, stride, weights);
    }
  }
  if (activation === P.SIGMOID) {
    sigmoidBackward(target, <usize>load<u32>(previous, P.VALUES) + <usize>first * inputStride, bytes);
  }
}
