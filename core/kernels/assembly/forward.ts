/**
 * The first phase of a step, on one thread's share of the block's rows: activations of all layers, and in training the
 * deltas of all layers and the column buckets that the update phase reads.
 */
import { accumulate } from './accumulate';
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

/** Empties the thread's buckets of a layer; gives the address of its counts, 0 when not training. */
function resetCounts(plan: usize, layer: usize, thread: i32): usize {
  if (!load<i32>(plan, P.IS_TRAINING)) return 0;
  const bytes = <usize>load<u32>(layer, P.INPUTS) * 4;
  const counts = <usize>load<u32>(layer, P.COUNTS) + <usize>thread * bytes;
  memory.fill(counts, 0, bytes);
  return counts;
}

/** The thread's buckets of a layer. */
// @ts-ignore: decorator
@inline
export function bucketsOf(plan: usize, layer: usize, thread: i32): usize {
  return (
    <usize>load<u32>(layer, P.BUCKETS) +
    <usize>thread * <usize>load<u32>(layer, P.INPUTS) * <usize>load<u32>(plan, P.CAPACITY) * 8
  );
}

/** Sorts a row's entries into the buckets of their columns. */
// @ts-ignore: decorator
@inline
function collect(
  entries: usize,
  count: usize,
  counts: usize,
  buckets: usize,
  bucketBytes: usize,
  sampleOffset: u32,
): void {
  for (const end = entries + count * 8; entries < end; entries += 8) {
    const column = <usize>load<u32>(entries);
    const cell = counts + column * 4;
    const position = load<u32>(cell);
    store<u32>(cell, position + 1);
    const slot = buckets + column * bucketBytes + <usize>position * 8;
    store<u32>(slot, sampleOffset);
    store<u32>(slot, load<u32>(entries, 4), 4);
  }
}

function firstLayer(plan: usize, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(plan, 0);
  const stride = <usize>load<u32>(layer, P.STRIDE);
  const vectors = <i32>(stride >> 4);
  const weights = <usize>load<u32>(layer, P.WEIGHTS);
  const bias = <usize>load<u32>(layer, P.BIAS);
  const values = <usize>load<u32>(layer, P.VALUES);
  const batch = <usize>load<u32>(plan, P.BATCH);
  const pointers = <usize>load<u32>(plan, P.X_POINTERS);
  const x = <usize>load<u32>(plan, P.X_ENTRIES);
  const scratch = <usize>load<u32>(plan, P.SCRATCH) + <usize>thread * <usize>load<u32>(plan, P.SCRATCH_BYTES);
  const counts = resetCounts(plan, layer, thread);
  const buckets = bucketsOf(plan, layer, thread);
  const bucketBytes = <usize>load<u32>(plan, P.CAPACITY) * 8;
  for (let n = first; n < end; n++) {
    const row = pointers + <usize>load<u32>(batch + <usize>n * 4) * 4;
    const begin = load<u32>(row);
    const count = load<u32>(row, 4) - begin;
    const entries = x + <usize>begin * 8;
    const offset = <usize>n * stride;
    store<u32>(scratch, count);
    accumulate(vectors, values + offset, bias, weights, stride, entries, scratch, 1, 0, 0);
    if (counts) collect(entries, <usize>count, counts, buckets, bucketBytes, <u32>offset);
  }
}

/** A hidden layer over the non-zero activations of the one before, which it lists on the way. */
function listedLayer(plan: usize, index: i32, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(plan, index);
  const inputs = load<i32>(layer, P.INPUTS);
  const stride = <usize>load<u32>(layer, P.STRIDE);
  const vectors = <i32>(stride >> 4);
  const weights = <usize>load<u32>(layer, P.WEIGHTS);
  const bias = <usize>load<u32>(layer, P.BIAS);
  const values = <usize>load<u32>(layer, P.VALUES);
  const previous = layerOf(plan, index - 1);
  const inputStride = <usize>load<u32>(previous, P.STRIDE);
  const activations = <usize>load<u32>(previous, P.VALUES);
  const counts = resetCounts(plan, layer, thread);
  const buckets = bucketsOf(plan, layer, thread);
  const bucketBytes = <usize>load<u32>(plan, P.CAPACITY) * 8;
  for (let n = first; n < end; n++) {
    // Training keeps every row's list for the way back.
    const list = listOf(layer, counts ? n : thread);
    const count = listNonZero(activations + <usize>n * inputStride, inputs, list + 8);
    store<u32>(list, count);
    const offset = <usize>n * stride;
    accumulate(vectors, values + offset, bias, weights, stride, list + 8, list, 1, 0, 0);
    if (counts) collect(list + 8, <usize>count, counts, buckets, bucketBytes, <u32>offset);
  }
}

/** A sample's list: 8 bytes with the number of entries, then the entries. */
// @ts-ignore: decorator
@inline
function listOf(layer: usize, n: i32): usize {
  return <usize>load<u32>(layer, P.LISTS) + <usize>n * (<usize>load<u32>(layer, P.INPUTS) + 2) * 8;
}

/** Writes an entry per non-zero value; one more may be overwritten behind the last. */
function listNonZero(values: usize, count: i32, entries: usize): u32 {
  const begin = entries;
  for (let i = 0; i < count; i++) {
    const value = load<f32>(values + <usize>i * 4);
    store<u32>(entries, i);
    store<f32>(entries, value, 4);
    entries += value !== 0 ? 8 : 0;
  }
  return <u32>((entries - begin) >> 3);
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
      dotListed(p, list + 8, load<i32>(list), delta, stride, weights);
    } else {
      dotRows(p, inputs, delta, stride, weights);
    }
  }
  if (activation === P.SIGMOID) {
    sigmoidBackward(target, <usize>load<u32>(previous, P.VALUES) + <usize>first * inputStride, bytes);
  }
}
