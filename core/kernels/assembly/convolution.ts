/**
 * Convolutions of one picture, as products. A picture is first put into a frame: its pixels beside each other, the zeros
 * around it, so that what a place sees is a run of floats for each line of its window.
 */
import { multiply } from './multiply';
import * as L from '../layout';

@inline
function copyFloats(to: usize, from: usize, floats: i32): void {
  let left = floats;
  for (; left >= 4; left -= 4) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  for (; left > 0; left--) {
    store<f32>(to, load<f32>(from));
    to += 4;
    from += 4;
  }
}

@inline
function clearFloats(to: usize, floats: i32): void {
  let left = floats;
  for (; left >= 4; left -= 4) {
    v128.store(to, i64x2.splat(0));
    to += 16;
  }
  for (; left > 0; left--) {
    store<f32>(to, 0);
    to += 4;
  }
}

/** @param picture [IN_HEIGHT, IN_WIDTH] of pixels, IN_PIXEL bytes each @param frame of FRAME_BYTES */
function putInFrame(layer: usize, picture: usize, frame: usize): void {
  const channels = load<i32>(layer, L.IN_CHANNELS);
  const pixel = <usize>load<u32>(layer, L.IN_PIXEL);
  const height = load<i32>(layer, L.IN_HEIGHT);
  const width = load<i32>(layer, L.IN_WIDTH);
  const top = load<i32>(layer, L.TOP);
  const left = load<i32>(layer, L.LEFT);
  const line = <usize>load<u32>(layer, L.FRAME_LINE);
  const lines = (load<i32>(layer, L.PLACES_DOWN) - 1) * load<i32>(layer, L.STRIDE_DOWN) + load<i32>(layer, L.WINDOW_HEIGHT);
  const before = left * channels;
  const floats = <i32>(line >> 2);
  const inside = min(width * channels, floats - before);
  const isDense = pixel === <usize>channels * 4;
  for (let y = -top; y < lines - top; y++) {
    if (y < 0 || y >= height) clearFloats(frame, floats);
    else {
      let from = picture + <usize>(y * width) * pixel;
      clearFloats(frame, before);
      let to = frame + <usize>before * 4;
      if (isDense) copyFloats(to, from, inside);
      else {
        for (const end = to + <usize>inside * 4; to < end; to += <usize>channels * 4) {
          copyFloats(to, from, channels);
          from += pixel;
        }
      }
      clearFloats(frame + <usize>(before + inside) * 4, floats - before - inside);
    }
    frame += line;
  }
}

/** out[p, f] = bias[f] + Σ_i seen[p, i] · W[i, f], i ascending. */
export function convolve(layer: usize, picture: usize, frame: usize, out: usize): void {
  putInFrame(layer, picture, frame);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const vectors = (load<i32>(layer, L.OUTPUTS) + 3) >> 2;
  const channels = load<i32>(layer, L.IN_CHANNELS);
  const columns = load<i32>(layer, L.PLACES_ACROSS);
  const line = <usize>load<u32>(layer, L.FRAME_LINE);
  for (let row = load<i32>(layer, L.PLACES_DOWN); row > 0; row--) {
    multiply(
      columns,
      vectors,
      out,
      stride,
      <usize>load<u32>(layer, L.BIAS),
      0,
      frame,
      <usize>(load<i32>(layer, L.STRIDE_ACROSS) * channels * 4),
      4,
      load<i32>(layer, L.WINDOW_WIDTH) * channels,
      load<i32>(layer, L.WINDOW_HEIGHT),
      line,
      <usize>load<u32>(layer, L.WEIGHTS),
      stride,
    );
    out += <usize>columns * stride;
    frame += <usize>load<i32>(layer, L.STRIDE_DOWN) * line;
  }
}

/**
 * g[i, f] = init[i, f] + Σ_p seen[p, i] · d[p, f], p ascending, of the positions i from `first` to before `end`.
 *
 * @param frame as `convolve` has made it
 */
export function convolutionRows(
  layer: usize,
  frame: usize,
  deltas: usize,
  first: i32,
  end: i32,
  out: usize,
  init: usize,
  initStride: usize,
): void {
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const channels = load<i32>(layer, L.IN_CHANNELS);
  const line = <usize>load<u32>(layer, L.FRAME_LINE);
  const ofLine = load<i32>(layer, L.WINDOW_WIDTH) * channels;
  let i = first;
  while (i < end) {
    const at = i % ofLine;
    // Positions of one line of the window lie beside each other.
    const count = min(end - i, ofLine - at);
    multiply(
      count,
      (load<i32>(layer, L.OUTPUTS) + 3) >> 2,
      out,
      stride,
      init,
      initStride,
      frame + <usize>(i / ofLine) * line + <usize>at * 4,
      4,
      <usize>(load<i32>(layer, L.STRIDE_ACROSS) * channels * 4),
      load<i32>(layer, L.PLACES_ACROSS),
      load<i32>(layer, L.PLACES_DOWN),
      <usize>load<i32>(layer, L.STRIDE_DOWN) * line,
      deltas,
      stride,
    );
    out += <usize>count * stride;
    init += <usize>count * initStride;
    i += count;
  }
}

/** turned[window, f, c] = W[window, c, f]: what `convolveBack` reads. */
export function turnWeights(layer: usize, turned: usize): void {
  const channels = load<i32>(layer, L.IN_CHANNELS);
  const pixel = <usize>load<u32>(layer, L.IN_PIXEL);
  const filters = load<i32>(layer, L.OUTPUTS);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  let from = <usize>load<u32>(layer, L.WEIGHTS);
  for (let i = load<i32>(layer, L.WINDOW_HEIGHT) * load<i32>(layer, L.WINDOW_WIDTH); i > 0; i--) {
    for (let c = 0; c < channels; c++) {
      let to = turned + <usize>c * 4;
      for (let f = 0; f < filters; f++) {
        store<f32>(to, load<f32>(from + <usize>f * 4));
        to += pixel;
      }
      from += stride;
    }
    turned += <usize>filters * pixel;
  }
}

/**
 * What arrives at each pixel: the sum, starting at 0, of d[p, f] · W[i, f] over the places p that see it at a position i, p
 * ascending, and over f ascending.
 *
 * @param delta [places] of STRIDE bytes @param previous [IN_HEIGHT, IN_WIDTH] of IN_PIXEL bytes
 */
export function convolveBack(layer: usize, turned: usize, delta: usize, previous: usize): void {
  const pixel = <usize>load<u32>(layer, L.IN_PIXEL);
  const height = load<i32>(layer, L.IN_HEIGHT);
  const width = load<i32>(layer, L.IN_WIDTH);
  const windowWidth = load<i32>(layer, L.WINDOW_WIDTH);
  const across = load<i32>(layer, L.STRIDE_ACROSS);
  const left = load<i32>(layer, L.LEFT);
  const rows = load<i32>(layer, L.PLACES_DOWN);
  const columns = load<i32>(layer, L.PLACES_ACROSS);
  const stride = <usize>load<u32>(layer, L.STRIDE);
  const filters = load<i32>(layer, L.OUTPUTS);
  const ofFilters = <usize>filters * pixel;
  const vectors = (load<i32>(layer, L.IN_CHANNELS) + 3) >> 2;
  memory.fill(previous, 0, <usize>(height * width) * pixel);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < load<i32>(layer, L.WINDOW_HEIGHT); i++) {
      const y = row * load<i32>(layer, L.STRIDE_DOWN) + i - load<i32>(layer, L.TOP);
      if (y < 0 || y >= height) continue;
      // From the right: a pixel then meets its places from the left.
      for (let j = windowWidth - 1; j >= 0; j--) {
        // Places whose pixel x = column · across + j - left is in the picture.
        const outside = left - j;
        const from = outside > 0 ? (outside + across - 1) / across : 0;
        const last = width - 1 + outside;
        const to = last < 0 ? 0 : min(columns, last / across + 1);
        if (from >= to) continue;
        const out = previous + <usize>(y * width + from * across - outside) * pixel;
        multiply(
          to - from,
          vectors,
          out,
          <usize>across * pixel,
          out,
          <usize>across * pixel,
          delta + <usize>from * stride,
          stride,
          4,
          filters,
          1,
          0,
          turned + <usize>(i * windowWidth + j) * ofFilters,
          pixel,
        );
      }
    }
    delta += <usize>columns * stride;
  }
}
