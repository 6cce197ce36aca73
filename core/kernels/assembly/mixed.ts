/** Networks with layers of several kinds: the phases of forward.ts and update.ts, told apart by the layers' kinds. */
import { layerOf } from './addresses';
import { dotRows, dotTwoRows } from './dot';
import { dropRow } from './dropout';
import { reluBackward, sigmoidBackward } from './elementwise';
import { multiply } from './multiply';
import { pool, see, unpool, unsee } from './windows';
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

/** A thread's room for what one picture's places see. */
@inline
function placesOf(layout: usize, thread: i32): usize {
  return <usize>load<u32>(layout, L.PLACES) + <usize>thread * <usize>load<u32>(layout, L.PLACES_BYTES);
}

/** A layer that is no dense one, on the thread's rows; its activation comes afterwards. */
export function forwardMixed(layout: usize, index: i32, first: i32, end: i32, thread: i32): void {
  const layer = layerOf(layout, index);
  const kind = load<i32>(layer, L.KIND);
  if (kind === L.INPUT) {
    for (let n = first; n < end; n++) spread(layout, layer, n);
    return;
  }
  const previous = layerOf(layout, index - 1);
  for (let n = first; n < end; n++) {
    const from = valuesOf(previous, n);
    const to = valuesOf(layer, n);
    if (kind === L.CONVOLUTION) convolve(layout, layer, n, from, to, thread);
    else if (kind === L.MAX_POOL || kind === L.AVERAGE_POOL) pool(layer, from, to);
    else if (kind === L.FLATTEN) flatten(layer, from, to);
    else if (load<i32>(layout, L.HAS_NOISE)) dropRow(layout, layer, n, from, to);
    else memory.copy(to, from, <usize>load<u32>(layer, L.ROW));
  }
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

function convolve(layout: usize, layer: usize, n: i32, from: usize, to: usize, thread: i32): void {
  const seenRow = <usize>load<u32>(layer, L.SEEN_ROW);
  const places = load<i32>(layer, L.PLACE_COUNT);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  // In training the gradients ask for it again.
  const seen = load<i32>(layout, L.IS_TRAINING)
    ? <usize>load<u32>(layer, L.SEEN) + <usize>n * <usize>places * seenRow
    : placesOf(layout, thread);
  see(layer, from, seen);
  multiply(
    places,
    <i32>(stride >> 4),
    to,
    stride,
    <usize>load<u32>(layer, L.BIAS),
    0,
    seen,
    seenRow,
    4,
    load<i32>(layer, L.INPUTS),
    <usize>load<u32>(layer, L.WEIGHTS),
    stride,
  );
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

/** The layer's own deltas times its activation's derivative, then those of the layer before. */
export function backwardMixed(layout: usize, index: i32, first: i32, end: i32, thread: i32): void {
  const layer = layerOf(layout, index);
  const kind = load<i32>(layer, L.KIND);
  if (kind === L.INPUT) return;
  const activation = load<i32>(layer, L.LAYER_ACTIVATION);
  const bytes = <usize>(end - first) * <usize>load<u32>(layer, L.ROW);
  const deltas = deltasOf(layer, first);
  if (activation === L.SIGMOID) sigmoidBackward(deltas, valuesOf(layer, first), bytes);
  else if (activation === L.RELU) reluBackward(deltas, valuesOf(layer, first), bytes);
  else if (activation === L.STEP) memory.fill(deltas, 0, bytes);
  if (index === 0) return;
  const previous = layerOf(layout, index - 1);
  // Nobody asks what the data should have been.
  if (load<i32>(previous, L.KIND) === L.INPUT) return;
  if (kind === L.DENSE) {
    denseBack(layer, previous, first, end);
    return;
  }
  for (let n = first; n < end; n++) {
    const from = deltasOf(layer, n);
    const to = deltasOf(previous, n);
    if (kind === L.FLATTEN) unflatten(layer, from, to);
    else if (kind === L.DROPOUT) {
      if (load<i32>(layout, L.HAS_NOISE)) dropRow(layout, layer, n, from, to);
      else memory.copy(to, from, <usize>load<u32>(layer, L.ROW));
    } else {
      memory.fill(to, 0, <usize>load<u32>(previous, L.ROW));
      if (kind === L.CONVOLUTION) convolveBack(layout, layer, from, to, thread);
      else unpool(layer, valuesOf(previous, n), from, to);
    }
  }
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

function convolveBack(layout: usize, layer: usize, from: usize, to: usize, thread: i32): void {
  const seen = placesOf(layout, thread);
  const seenRow = <usize>load<u32>(layer, L.SEEN_ROW);
  const places = load<i32>(layer, L.PLACE_COUNT);
  const inputs = load<i32>(layer, L.INPUTS);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const weights = <usize>load<u32>(layer, L.WEIGHTS);
  let p = 0;
  for (; p + 2 <= places; p += 2) {
    const at = <usize>p;
    dotTwoRows(seen + at * seenRow, seenRow, inputs, from + at * stride, stride, weights);
  }
  if (p < places) dotRows(seen + <usize>p * seenRow, inputs, from + <usize>p * stride, stride, weights);
  unsee(layer, seen, to);
}
