/**
 * The first phase of a step, on one thread's share of the block's rows: activations of all layers, and in training the
 * deltas of all layers and the column buckets that the update phase reads.
 */
import { backward, outputs } from './backward';
import { activate } from './elementwise';
import { isSparse, layerOf } from './addresses';
import { backwardMixed, forwardSamples } from './mixed';
import { multiply } from './multiply';
import { firstLayer, listedLayer } from './sparse-layers';
import * as L from '../layout';

/** First row of a thread's share. */
@inline
function firstRow(layout: usize, thread: i32): i32 {
  return (load<i32>(layout, L.ROWS) * thread) / load<i32>(layout, L.THREADS);
}

export function forward(layout: usize, thread: i32): void {
  const first = firstRow(layout, thread);
  const end = firstRow(layout, thread + 1);
  const layers = load<i32>(layout, L.LAYER_COUNT);
  const isMixed = load<i32>(layout, L.IS_MIXED);
  let index = 0;
  while (index < layers) {
    const layer = layerOf(layout, index);
    if (isMixed && load<i32>(layer, L.KIND) !== L.DENSE) {
      index = forwardSamples(layout, index, first, end, thread);
      continue;
    }
    if (index === 0) firstLayer(layout, thread, first, end);
    else if (isSparse(layout, index)) listedLayer(layout, index, first, end);
    else denseLayer(layout, index, first, end);
    index++;
    if (index === layers) break;
    const row = <usize>load<u32>(layer, L.STRIDE);
    const activation = isMixed ? load<i32>(layer, L.LAYER_ACTIVATION) : load<i32>(layout, L.ACTIVATION);
    activate(activation, <usize>load<u32>(layer, L.VALUES) + <usize>first * row, <usize>(end - first) * row);
  }
  outputs(layout, thread, first, end);
  if (load<i32>(layout, L.IS_TRAINING)) {
    if (isMixed) backwardMixed(layout, first, end, thread);
    else for (index = layers - 1; index > 0; index--) backward(layout, index, first, end);
  }
}

function denseLayer(layout: usize, index: i32, first: i32, end: i32): void {
  const layer = layerOf(layout, index);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const previous = layerOf(layout, index - 1);
  const inputStride = <usize>load<u32>(previous, L.STRIDE);
  multiply(
    end - first,
    (load<i32>(layer, L.OUTPUTS) + 3) >> 2,
    <usize>load<u32>(layer, L.VALUES) + <usize>first * stride,
    stride,
    <usize>load<u32>(layer, L.BIAS),
    0,
    <usize>load<u32>(previous, L.VALUES) + <usize>first * inputStride,
    inputStride,
    4,
    load<i32>(layer, L.INPUTS),
    1,
    0,
    <usize>load<u32>(layer, L.WEIGHTS),
    stride,
  );
}
