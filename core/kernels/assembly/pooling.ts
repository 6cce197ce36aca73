/** Pools: what each place of a window gives, of each channel alone, and the way back. */
import * as L from '../layout';

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

/** The same of the usual window of two by two. */
@inline
function largestOfFour(from: usize, pixel: usize, line: usize): v128 {
  const below = from + line;
  // pmax(a, b) is b where b > a, else a.
  const above = f32x4.pmax(v128.load(from), v128.load(from + pixel));
  return f32x4.pmax(f32x4.pmax(above, v128.load(below)), v128.load(below + pixel));
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
  const isOfFour = isMax && windowHeight === 2 && windowWidth === 2;
  const divisor = f32x4.splat(<f32>(windowHeight * windowWidth));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = picture + <usize>row * down + <usize>column * across;
      for (let c: usize = 0; c < pixel; c += 16) {
        if (isOfFour) v128.store(out + c, largestOfFour(from + c, pixel, line));
        else if (isMax) v128.store(out + c, pooled(true, from + c, pixel, line, windowHeight, windowWidth));
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
  const isOfFour = isMax && windowHeight === 2 && windowWidth === 2 && down === line * 2 && across === pixel * 2;
  const divisor = f32x4.splat(<f32>(windowHeight * windowWidth));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const offset = <usize>row * down + <usize>column * across;
      for (let c: usize = 0; c < pixel; c += 16) {
        const from = offset + c;
        const d = v128.load(delta + c);
        if (isOfFour) largestOfFourGets(picture + from, previous + from, d, pixel, line);
        else if (isMax) largestGets(picture + from, previous + from, d, pixel, line, windowHeight, windowWidth);
        else allGet(previous + from, f32x4.div(d, divisor), pixel, line, windowHeight, windowWidth);
      }
      delta += pixel;
    }
  }
}

/** The same of windows of two by two that don't overlap: nothing else arrives at their pixels. */
@inline
function largestOfFourGets(picture: usize, previous: usize, d: v128, pixel: usize, line: usize): void {
  const a = v128.load(picture);
  const b = v128.load(picture + pixel);
  const c = v128.load(picture + line);
  const e = v128.load(picture + line + pixel);
  const isB = f32x4.gt(b, a);
  const ab = f32x4.pmax(a, b);
  const isC = f32x4.gt(c, ab);
  const isE = f32x4.gt(e, f32x4.pmax(ab, c));
  // A sum that starts at 0.
  const sum = f32x4.add(f32x4.splat(0), d);
  const notE = v128.andnot(sum, isE);
  const notC = v128.andnot(notE, isC);
  v128.store(previous, v128.andnot(notC, isB));
  v128.store(previous + pixel, v128.and(notC, isB));
  v128.store(previous + line, v128.and(notE, isC));
  v128.store(previous + line + pixel, v128.and(sum, isE));
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
