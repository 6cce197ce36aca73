/** Dropout: which values a step leaves out, by Philox4x32-10 (core/random/philox.ts), so that nothing has to be kept. */
import * as L from '../layout';

const MULTIPLIER_0: u32 = 0xd2511f53;
const MULTIPLIER_1: u32 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
const ROUNDS: i32 = 10;
/** PURPOSE.dropout of core/random/streams.ts; a test of equal bits would notice another. */
const PURPOSE: u32 = 10;

/** The four words of a block, as one vector. */
function draw(block: u32, layer: u32, step: u32, seed: u32): v128 {
  let x0 = block;
  let x1 = layer;
  let x2 = step;
  let x3: u32 = 0;
  let key0 = seed;
  let key1 = PURPOSE;
  for (let round = 0; round < ROUNDS; round++) {
    const product0 = <u64>MULTIPLIER_0 * <u64>x0;
    const product1 = <u64>MULTIPLIER_1 * <u64>x2;
    x0 = <u32>(product1 >> 32) ^ x1 ^ key0;
    x1 = <u32>product1;
    x2 = <u32>(product0 >> 32) ^ x3 ^ key1;
    x3 = <u32>product0;
    key0 += WEYL_0;
    key1 += WEYL_1;
  }
  let words = i32x4.splat(<i32>x0);
  words = i32x4.replace_lane(words, 1, <i32>x1);
  words = i32x4.replace_lane(words, 2, <i32>x2);
  return i32x4.replace_lane(words, 3, <i32>x3);
}

@inline
function wordOf(words: v128, lane: u32): u32 {
  if (lane === 0) return <u32>i32x4.extract_lane(words, 0);
  if (lane === 1) return <u32>i32x4.extract_lane(words, 1);
  return lane === 2 ? <u32>i32x4.extract_lane(words, 2) : <u32>i32x4.extract_lane(words, 3);
}

/**
 * One row's values, or its deltas: those that are drawn below the rate become 0, the others are scaled.
 *
 * @param n row of the block
 * @param from, to [PLACE_COUNT] pixels of STRIDE bytes, CHANNELS of them in use
 */
export function dropRow(layout: usize, layer: usize, n: i32, from: usize, to: usize): void {
  const pixels = load<i32>(layer, L.PLACE_COUNT);
  const channels = load<i32>(layer, L.CHANNELS);
  const pixel = <usize>load<u32>(layer, L.STRIDE);
  const threshold = load<u32>(layer, L.THRESHOLD);
  const scale = load<f32>(layer, L.SCALE);
  const step = load<u32>(layout, L.NOISE_STEP);
  const seed = load<u32>(layout, L.NOISE_SEED);
  const index = load<u32>(layer, L.PLAN_INDEX);
  let element = <u32>(load<i32>(layout, L.FIRST_ROW) + n) * <u32>(pixels * channels);
  let words = draw(element >> 2, index, step, seed);
  for (let p = 0; p < pixels; p++) {
    for (let c: usize = 0; c < <usize>channels; c++, element++) {
      if ((element & 3) === 0) words = draw(element >> 2, index, step, seed);
      const isOut = wordOf(words, element & 3) < threshold;
      store<f32>(to + c * 4, isOut ? 0 : load<f32>(from + c * 4) * scale);
    }
    from += pixel;
    to += pixel;
  }
}
