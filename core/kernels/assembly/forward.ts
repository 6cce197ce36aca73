/**
 * The first phase of a step, on one thread's share of the block's rows: activations of all layers, and in training the
 * deltas of all layers and the column buckets that the update phase reads.
 */
import { backward, outputs } from './backward';
import { relu, sigmoid, step as stepActivation } from './elementwise';
import { isSparse, layerOf } from './layout';
import { multiply } from './multiply';
import { firstLayer, listedLayer } from './sparse-layers';
import * as P from '../plan';

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
