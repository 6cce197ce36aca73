/** Networks with layers of several kinds: the phases of forward.ts and update.ts, told apart by the layers' kinds. */
import { layerOf } from './addresses';
import { convolve, convolveBack, turnWeights } from './convolution';
import { dotRows, dotTwoRows } from './dot';
import { dropRow } from './dropout';
import { activate, reluBackward, sigmoidBackward } from './elementwise';
import { pool, unpool } from './pooling';
import * as L from '../layout';

/** Values of a row of a layer, as one picture or list. */
@inline
function valuesOf(layer: usize, n: i32): usize {
  return <usize>load<u32>(layer, L.VALUES) + <usize>n * <usize>load<u32>(layer, L.ROW);
}

@inline
function deltasOf(layer: usize, n: i32): usize {
  return <usize>load<u32>(layer, L.DELTAS) + <usize>n * <usize>load<u32>(layer, L.ROW);
}

/**
 * Layers that are no dense ones, from `begin` to before the next dense one, sample by sample: what a layer gives is near when
 * the next one reads it. @returns the index of that dense one
 */
export function forwardSamples(layout: usize, begin: i32, first: i32, end: i32, thread: i32): i32 {
  let after = begin + 1;
  while (load<i32>(layerOf(layout, after), L.KIND) !== L.DENSE) after++;
  for (let n = first; n < end; n++) {
    for (let index = begin; index < after; index++) forwardSample(layout, index, n, thread);
  }
  return after;
}

function forwardSample(layout: usize, index: i32, n: i32, thread: i32): void {
  const layer = layerOf(layout, index);
  const kind = load<i32>(layer, L.KIND);
  if (kind === L.INPUT) {
    spread(layout, layer, n);
    return;
  }
  const from = valuesOf(layerOf(layout, index - 1), n);
  const to = valuesOf(layer, n);
  const bytes = <usize>load<u32>(layer, L.ROW);
  if (kind === L.CONVOLUTION) convolve(layer, from, frameOf(layout, layer, n, thread), to);
  else if (kind === L.MAX_POOL || kind === L.AVERAGE_POOL) pool(layer, from, to);
  else if (kind === L.FLATTEN) flatten(layer, from, to);
  else if (load<i32>(layout, L.HAS_NOISE)) dropRow(layout, layer, n, from, to);
  else memory.copy(to, from, bytes);
  activate(load<i32>(layer, L.LAYER_ACTIVATION), to, bytes);
}

/** Where a convolution puts a picture: in training its gradients ask for it again. */
@inline
function frameOf(layout: usize, layer: usize, n: i32, thread: i32): usize {
  return load<i32>(layout, L.IS_TRAINING)
    ? <usize>load<u32>(layer, L.FRAME) + <usize>n * <usize>load<u32>(layer, L.FRAME_BYTES)
    : <usize>load<u32>(layout, L.FRAMES) + <usize>thread * <usize>load<u32>(layout, L.FRAMES_BYTES);
}

/** A thread's copy of a convolution's weights as they are read on the way back. */
@inline
function turnedOf(layer: usize, thread: i32): usize {
  const window = load<i32>(layer, L.WINDOW_HEIGHT) * load<i32>(layer, L.WINDOW_WIDTH);
  const floats = <usize>(window * load<i32>(layer, L.OUTPUTS)) * <usize>load<u32>(layer, L.IN_PIXEL);
  return <usize>load<u32>(layer, L.TURNED) + <usize>thread * floats;
}

/** A row of the data with its zeros, as pixels. */
function spread(layout: usize, layer: usize, n: i32): void {
  const to = valuesOf(layer, n);
  const channels = load<u32>(layer, L.CHANNELS);
  const pixel = load<u32>(layer, L.STRIDE);
  const row = load<u32>(<usize>load<u32>(layout, L.BATCH) + <usize>n * 4);
  const bytes = <usize>load<u32>(layout, L.X_BYTES);
  if (bytes) {
    const byteValues = <usize>load<u32>(layout, L.BYTE_VALUES);
    const pixels = load<i32>(layer, L.PLACE_COUNT);
    let from = bytes + <usize>row * <usize>load<u32>(layout, L.X_STRIDE);
    let at = to;
    for (let p = 0; p < pixels; p++) {
      for (let c: u32 = 0; c < channels; c++) {
        store<f32>(at + <usize>(c * 4), load<f32>(byteValues + <usize>load<u8>(from) * 4));
        from++;
      }
      at += <usize>pixel;
    }
    return;
  }
  memory.fill(to, 0, <usize>load<u32>(layer, L.ROW));
  const pointer = <usize>load<u32>(layout, L.X_POINTERS) + <usize>row * 4;
  const entries = <usize>load<u32>(layout, L.X_ENTRIES);
  const last = entries + <usize>load<u32>(pointer, 4) * 8;
  for (let entry = entries + <usize>load<u32>(pointer) * 8; entry < last; entry += 8) {
    const column = load<u32>(entry);
    store<f32>(to + <usize>((column / channels) * pixel + (column % channels) * 4), load<f32>(entry, 4));
  }
}

/** Pixels beside each other, without the lanes that nobody uses. */
function flatten(layer: usize, from: usize, to: usize): void {
  const pixels = load<i32>(layer, L.PLACE_COUNT);
  const bytes = <usize>load<i32>(layer, L.CHANNELS) * 4;
  const pixel = <usize>load<u32>(layer, L.IN_PIXEL);
  for (let p = 0; p < pixels; p++) {
    for (let c: usize = 0; c < bytes; c += 4) store<f32>(to + c, load<f32>(from + c));
    from += pixel;
    to += bytes;
  }
}

function unflatten(layer: usize, from: usize, to: usize): void {
  const pixels = load<i32>(layer, L.PLACE_COUNT);
  const bytes = <usize>load<i32>(layer, L.CHANNELS) * 4;
  const pixel = <usize>load<u32>(layer, L.IN_PIXEL);
  for (let p = 0; p < pixels; p++) {
    for (let c: usize = 0; c < bytes; c += 4) store<f32>(to + c, load<f32>(from + c));
    for (let c = bytes; c < pixel; c += 4) store<f32>(to + c, 0);
    from += bytes;
    to += pixel;
  }
}

/** From the last layer's deltas to those of all others. */
export function backwardMixed(layout: usize, first: i32, end: i32, thread: i32): void {
  let index = load<i32>(layout, L.LAYER_COUNT) - 1;
  while (index >= 0) {
    const layer = layerOf(layout, index);
    if (load<i32>(layer, L.KIND) === L.DENSE) {
      throughActivation(layer, first, end);
      if (index > 0) denseBack(layer, layerOf(layout, index - 1), first, end);
      index--;
    } else index = backwardSamples(layout, index, first, end, thread);
  }
}

/** Layers from `last` down to before the next dense one, sample by sample. @returns the index of that one, or -1 */
function backwardSamples(layout: usize, last: i32, first: i32, end: i32, thread: i32): i32 {
  let before = last;
  while (before >= 0 && load<i32>(layerOf(layout, before), L.KIND) !== L.DENSE) {
    const layer = layerOf(layout, before);
    if (load<u32>(layer, L.TURNED)) turnWeights(layer, turnedOf(layer, thread));
    before--;
  }
  for (let n = first; n < end; n++) {
    for (let index = last; index > before && index > 0; index--) backwardSample(layout, index, n, thread);
  }
  return before;
}

/** A layer's own deltas times its activation's derivative, then those of the layer before. */
function backwardSample(layout: usize, index: i32, n: i32, thread: i32): void {
  const layer = layerOf(layout, index);
  const kind = load<i32>(layer, L.KIND);
  throughActivation(layer, n, n + 1);
  const previous = layerOf(layout, index - 1);
  // Nobody asks what the data should have been.
  if (load<i32>(previous, L.KIND) === L.INPUT) return;
  const from = deltasOf(layer, n);
  const to = deltasOf(previous, n);
  if (kind === L.CONVOLUTION) convolveBack(layer, turnedOf(layer, thread), from, to);
  else if (kind === L.FLATTEN) unflatten(layer, from, to);
  else if (kind === L.DROPOUT) {
    if (load<i32>(layout, L.HAS_NOISE)) dropRow(layout, layer, n, from, to);
    else memory.copy(to, from, <usize>load<u32>(layer, L.ROW));
  } else {
    memory.fill(to, 0, <usize>load<u32>(previous, L.ROW));
    unpool(layer, valuesOf(previous, n), from, to);
  }
}

/** The rows' deltas times the derivative of the layer's activation. */
function throughActivation(layer: usize, first: i32, end: i32): void {
  const activation = load<i32>(layer, L.LAYER_ACTIVATION);
  const bytes = <usize>(end - first) * <usize>load<u32>(layer, L.ROW);
  const deltas = deltasOf(layer, first);
  if (activation === L.SIGMOID) sigmoidBackward(deltas, valuesOf(layer, first), bytes);
  else if (activation === L.RELU) reluBackward(deltas, valuesOf(layer, first), bytes);
  else if (activation === L.STEP) memory.fill(deltas, 0, bytes);
}

function denseBack(layer: usize, previous: usize, first: i32, end: i32): void {
  const inputs = load<i32>(layer, L.INPUTS);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const weights = <usize>load<u32>(layer, L.WEIGHTS);
  const row = <usize>load<u32>(previous, L.ROW);
  for (let n = first; n < end; n++) {
    if (n + 2 <= end) {
      dotTwoRows(deltasOf(previous, n), row, inputs, deltasOf(layer, n), stride, weights);
      n++;
    } else dotRows(deltasOf(previous, n), inputs, deltasOf(layer, n), stride, weights);
  }
}
