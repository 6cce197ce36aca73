/** Windows that move over pictures: what each place sees as a row of its own, and the way back. */
import { layerOf } from './addresses';
import * as L from '../layout';

/** Copies `floats` from pixel to pixel; rows of channels are short, and may end anywhere. */
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
function addFloats(to: usize, from: usize, floats: i32): void {
  let left = floats;
  for (; left >= 4; left -= 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    to += 16;
    from += 16;
  }
  for (; left > 0; left--) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    to += 4;
    from += 4;
  }
}

/**
 * seen[place, position] of one picture: the pixels of the window, zeros outside the picture.
 *
 * @param picture [height, width] of pixels, IN_PIXEL bytes each
 * @param seen [places] of SEEN_ROW bytes each
 */
export function see(layer: usize, picture: usize, seen: usize): void {
  const channels = load<i32>(layer, L.IN_CHANNELS);
  const pixel = <usize>load<u32>(layer, L.IN_PIXEL);
  const height = load<i32>(layer, L.IN_HEIGHT);
  const width = load<i32>(layer, L.IN_WIDTH);
  const windowHeight = load<i32>(layer, L.WINDOW_HEIGHT);
  const windowWidth = load<i32>(layer, L.WINDOW_WIDTH);
  const down = load<i32>(layer, L.STRIDE_DOWN);
  const across = load<i32>(layer, L.STRIDE_ACROSS);
  const top = load<i32>(layer, L.TOP);
  const left = load<i32>(layer, L.LEFT);
  const rows = load<i32>(layer, L.PLACES_DOWN);
  const columns = load<i32>(layer, L.PLACES_ACROSS);
  const seenRow = <usize>load<u32>(layer, L.SEEN_ROW);
  const bytes = <usize>channels * 4;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let to = seen;
      const x0 = column * across - left;
      for (let i = 0; i < windowHeight; i++) {
        const y = row * down + i - top;
        const isInside = y >= 0 && y < height;
        let from = picture + (<usize>(y * width) + <usize>x0) * pixel;
        for (let j = 0; j < windowWidth; j++) {
          if (isInside && x0 + j >= 0 && x0 + j < width) copyFloats(to, from, channels);
          else memory.fill(to, 0, bytes);
          to += bytes;
          from += pixel;
        }
      }
      seen += seenRow;
    }
  }
}

/** Adds what arrives at each position of each place to the pixel there, places and then positions ascending. */
export function unsee(layer: usize, seen: usize, picture: usize): void {
  const channels = load<i32>(layer, L.IN_CHANNELS);
  const pixel = <usize>load<u32>(layer, L.IN_PIXEL);
  const height = load<i32>(layer, L.IN_HEIGHT);
  const width = load<i32>(layer, L.IN_WIDTH);
  const windowHeight = load<i32>(layer, L.WINDOW_HEIGHT);
  const windowWidth = load<i32>(layer, L.WINDOW_WIDTH);
  const down = load<i32>(layer, L.STRIDE_DOWN);
  const across = load<i32>(layer, L.STRIDE_ACROSS);
  const top = load<i32>(layer, L.TOP);
  const left = load<i32>(layer, L.LEFT);
  const rows = load<i32>(layer, L.PLACES_DOWN);
  const columns = load<i32>(layer, L.PLACES_ACROSS);
  const seenRow = <usize>load<u32>(layer, L.SEEN_ROW);
  const bytes = <usize>channels * 4;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let from = seen;
      const x0 = column * across - left;
      for (let i = 0; i < windowHeight; i++) {
        const y = row * down + i - top;
        const isInside = y >= 0 && y < height;
        let to = picture + (<usize>(y * width) + <usize>x0) * pixel;
        for (let j = 0; j < windowWidth; j++) {
          if (isInside && x0 + j >= 0 && x0 + j < width) addFloats(to, from, channels);
          from += bytes;
          to += pixel;
        }
      }
      seen += seenRow;
    }
  }
}

/** Four channels of a place: the largest values, or the sums. */
@inline
function pooled(isMax: bool, from: usize, pixel: usize, line: usize, height: i32, width: i32): v128 {
  let value = v128.load(from);
  for (let i = 0; i < height; i++) {
    let at = from;
    for (let j = 0; j < width; j++) {
      if (i > 0 || j > 0) {
        const other = v128.load(at);
        value = isMax ? v128.bitselect(other, value, f32x4.gt(other, value)) : f32x4.add(value, other);
      }
      at += pixel;
    }
    from += line;
  }
  return value;
}

/** Of one picture. @param out [places] of pixels */
export function pool(layer: usize, picture: usize, out: usize): void {
  const pixel = <usize>load<u32>(layer, L.IN_PIXEL);
  const line = <usize>load<i32>(layer, L.IN_WIDTH) * pixel;
  const windowHeight = load<i32>(layer, L.WINDOW_HEIGHT);
  const windowWidth = load<i32>(layer, L.WINDOW_WIDTH);
  const down = <usize>load<i32>(layer, L.STRIDE_DOWN) * line;
  const across = <usize>load<i32>(layer, L.STRIDE_ACROSS) * pixel;
  const rows = load<i32>(layer, L.PLACES_DOWN);
  const columns = load<i32>(layer, L.PLACES_ACROSS);
  const isMax = load<i32>(layer, L.KIND) === L.MAX_POOL;
  const divisor = f32x4.splat(<f32>(windowHeight * windowWidth));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = picture + <usize>row * down + <usize>column * across;
      for (let c: usize = 0; c < pixel; c += 16) {
        if (isMax) v128.store(out + c, pooled(true, from + c, pixel, line, windowHeight, windowWidth));
        else {
          const sum = pooled(false, from + c, pixel, line, windowHeight, windowWidth);
          v128.store(out + c, f32x4.div(sum, divisor));
        }
      }
      out += pixel;
    }
  }
}

/** Adds each place's delta to the pixel that was the largest, the first of equals, or a share of it to each. */
export function unpool(layer: usize, picture: usize, delta: usize, previous: usize): void {
  const pixel = <usize>load<u32>(layer, L.IN_PIXEL);
  const line = <usize>load<i32>(layer, L.IN_WIDTH) * pixel;
  const windowHeight = load<i32>(layer, L.WINDOW_HEIGHT);
  const windowWidth = load<i32>(layer, L.WINDOW_WIDTH);
  const down = <usize>load<i32>(layer, L.STRIDE_DOWN) * line;
  const across = <usize>load<i32>(layer, L.STRIDE_ACROSS) * pixel;
  const rows = load<i32>(layer, L.PLACES_DOWN);
  const columns = load<i32>(layer, L.PLACES_ACROSS);
  const isMax = load<i32>(layer, L.KIND) === L.MAX_POOL;
  const divisor = f32x4.splat(<f32>(windowHeight * windowWidth));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const offset = <usize>row * down + <usize>column * across;
      for (let c: usize = 0; c < pixel; c += 16) {
        const from = offset + c;
        const d = v128.load(delta + c);
        if (isMax) largestGets(picture + from, previous + from, d, pixel, line, windowHeight, windowWidth);
        else allGet(previous + from, f32x4.div(d, divisor), pixel, line, windowHeight, windowWidth);
      }
      delta += pixel;
    }
  }
}

function allGet(previous: usize, share: v128, pixel: usize, line: usize, height: i32, width: i32): void {
  for (let i = 0; i < height; i++) {
    let at = previous;
    for (let j = 0; j < width; j++) {
      v128.store(at, f32x4.add(v128.load(at), share));
      at += pixel;
    }
    previous += line;
  }
}

function largestGets(
  picture: usize,
  previous: usize,
  d: v128,
  pixel: usize,
  line: usize,
  height: i32,
  width: i32,
): void {
  // Where it stands, of each of the four channels: the places of a window are counted.
  let found = i32x4.splat(0);
  let largest = v128.load(picture);
  for (let i = 0; i < height; i++) {
    let at = picture + <usize>i * line;
    for (let j = 0; j < width; j++) {
      const value = v128.load(at);
      const isLarger = f32x4.gt(value, largest);
      largest = v128.bitselect(value, largest, isLarger);
      found = v128.bitselect(i32x4.splat(i * width + j), found, isLarger);
      at += pixel;
    }
  }
  for (let i = 0; i < height; i++) {
    let at = previous + <usize>i * line;
    for (let j = 0; j < width; j++) {
      const before = v128.load(at);
      const isIt = i32x4.eq(found, i32x4.splat(i * width + j));
      // The others stay as they are, to the sign of a zero.
      v128.store(at, v128.bitselect(f32x4.add(before, d), before, isIt));
      at += pixel;
    }
  }
}
