/** From the outputs back: the last layer's deltas, then those of each layer before. */
import { dotListed, dotRows, dotTwoRows } from './dot';
import { isFiniteRow, labelDelta, sigmoidBackward, softmaxRow, targetDelta } from './elementwise';
import { ENTRY, isSparse, layerOf, listOf } from './addresses';
import * as L from '../layout';

/** The output function, whether its results are finite, and in training the last layer's deltas. */
export function outputs(layout: usize, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(layout, load<i32>(layout, L.LAYER_COUNT) - 1);
  const width = load<i32>(layer, L.OUTPUTS);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const values = <usize>load<u32>(layer, L.VALUES);
  const isSoftmax = load<i32>(layout, L.OUTPUT) === L.SOFTMAX;
  const isTraining = load<i32>(layout, L.IS_TRAINING);
  const labels = <usize>load<u32>(layout, L.LABELS);
  const targets = <usize>load<u32>(layout, L.TARGETS);
  let isFinite: i32 = 1;
  for (let n = first; n < end; n++) {
    const row = values + <usize>n * stride;
    if (isSoftmax) softmaxRow(row, width);
    if (!isTraining) continue;
    if (!isFiniteRow(row, width)) isFinite = 0;
    const delta = <usize>load<u32>(layer, L.DELTAS) + <usize>n * stride;
    const rows = load<i32>(layout, L.BATCH_ROWS);
    if (targets) targetDelta(delta, row, targets + <usize>n * stride, width, rows);
    else labelDelta(delta, row, width, load<i32>(labels + <usize>n * 4), rows);
  }
  store<i32>(layout + L.IS_FINITE + <usize>thread * 4, isFinite);
}

/** Deltas of the layer before `index`: the dot products with this layer's weights, times the derivative. */
export function backward(layout: usize, index: i32, first: i32, end: i32): void {
  const activation = load<i32>(layout, L.ACTIVATION);
  const layer = layerOf(layout, index);
  const previous = layerOf(layout, index - 1);
  const inputs = load<i32>(layer, L.INPUTS);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const weights = <usize>load<u32>(layer, L.WEIGHTS);
  const inputStride = <usize>load<u32>(previous, L.STRIDE);
  const target = <usize>load<u32>(previous, L.DELTAS) + <usize>first * inputStride;
  const bytes = <usize>(end - first) * inputStride;
  const deltas = <usize>load<u32>(layer, L.DELTAS);
  // Only where an activation is not 0 does anything come back through ReLU, and nothing at all through a step.
  if (isSparse(layout, index)) memory.fill(target, 0, bytes);
  if (activation === L.STEP) return;
  for (let n = first; n < end; n++) {
    const delta = deltas + <usize>n * stride;
    const p = <usize>load<u32>(previous, L.DELTAS) + <usize>n * inputStride;
    if (activation === L.RELU) {
      const list = listOf(layer, n);
      const listEnd = <usize>load<u32>(list + <usize>inputs * ENTRY + ENTRY);
      dotListed(p, list, <i32>((listEnd - list) / ENTRY), delta, stride, weights);
    } else if (n + 2 <= end) {
      dotTwoRows(p, inputStride, inputs, delta, stride, weights);
      n++;
    } else {
      dotRows(p, inputs, delta, stride, weights);
    }
  }
  if (activation === L.SIGMOID) {
    sigmoidBackward(target, <usize>load<u32>(previous, L.VALUES) + <usize>first * inputStride, bytes);
  }
}
