/** From the outputs back: the last layer's deltas, then those of each layer before. */
import { dotListed, dotRows } from './dot';
import { isFiniteRow, labelDelta, sigmoidBackward, softmaxRow, targetDelta } from './elementwise';
import { ENTRY, isSparse, layerOf, listOf } from './layout';
import * as P from '../plan';

/** The output function, whether its results are finite, and in training the last layer's deltas. */
export function outputs(plan: usize, thread: i32, first: i32, end: i32): void {
  const layer = layerOf(plan, load<i32>(plan, P.LAYER_COUNT) - 1);
  const width = load<i32>(layer, P.OUTPUTS);
  const stride = <usize>load<u32>(layer, P.STRIDE);
  const values = <usize>load<u32>(layer, P.VALUES);
  const isSoftmax = load<i32>(plan, P.OUTPUT) === P.SOFTMAX;
  const isTraining = load<i32>(plan, P.IS_TRAINING);
  const labels = <usize>load<u32>(plan, P.LABELS);
  const targets = <usize>load<u32>(plan, P.TARGETS);
  let isFinite: i32 = 1;
  for (let n = first; n < end; n++) {
    const row = values + <usize>n * stride;
    if (isSoftmax) softmaxRow(row, width);
    if (!isTraining) continue;
    if (!isFiniteRow(row, width)) isFinite = 0;
    const delta = <usize>load<u32>(layer, P.DELTAS) + <usize>n * stride;
    const rows = load<i32>(plan, P.BATCH_ROWS);
    if (targets) targetDelta(delta, row, targets + <usize>n * stride, width, rows);
    else labelDelta(delta, row, width, load<i32>(labels + <usize>n * 4), rows);
  }
  store<i32>(plan + P.IS_FINITE + <usize>thread * 4, isFinite);
}

/** Deltas of the layer before `index`: the dot products with this layer's weights, times the derivative. */
export function backward(plan: usize, index: i32, first: i32, end: i32): void {
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
