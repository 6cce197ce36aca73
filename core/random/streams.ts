/** Independent random streams of one run: a draw is a pure function of (seed, purpose, step, lane). */
import { cosSinOfTurns, log } from '../math/elementary.ts';
import { multiplyHigh, philox4x32 } from './philox.ts';

/** What a draw is for; a word of the key, so that purposes never share numbers. Values are part of the format. */
export const PURPOSE = {
  weights: 1,
  batch: 2,
  shuffle: 3,
  shards: 4,
  shardRows: 5,
  mixing: 6,
  sweep: 7,
  validation: 8,
  split: 9,
  dropout: 10,
  augmentation: 11,
  elastic: 12,
} as const;

const words = new Uint32Array(4);

/**
 * Fills `out` with integers in [0, bound), uniform up to bound / 2^32 (multiply-shift: high word of word × bound).
 *
 * @param bound 1 to 2^32 - 1
 */
export function fillIntegers(
  out: Uint32Array,
  bound: number,
  seed: number,
  purpose: number,
  step: number,
): void {
  for (let lane = 0; lane < out.length; lane += 4) {
    philox4x32(lane >>> 2, 0, step, 0, seed, purpose, words);
    const count = Math.min(4, out.length - lane);
    for (let word = 0; word < count; word++) out[lane + word] = multiplyHigh(words[word]!, bound);
  }
}

/** Fills `out` with random words. */
export function fillWords(out: Uint32Array, seed: number, purpose: number, step: number): void {
  for (let lane = 0; lane < out.length; lane += 4) {
    philox4x32(lane >>> 2, 0, step, 0, seed, purpose, words);
    const count = Math.min(4, out.length - lane);
    for (let word = 0; word < count; word++) out[lane + word] = words[word]!;
  }
}

/** Fills `out` with N(0, std²) by Box–Muller in float64, each value rounded once to float32. */
export function fillNormal(
  out: Float32Array,
  std: number,
  seed: number,
  purpose: number,
  step: number,
): void {
  for (let lane = 0; lane < out.length; lane += 4) {
    philox4x32(lane >>> 2, 0, step, 0, seed, purpose, words);
    for (let pair = 0; pair < 4; pair += 2) {
      // (word + 1) / 2^32 is in (0, 1], so the logarithm is finite.
      const radius = std * Math.sqrt(-2 * log((words[pair]! + 1) / 0x1_0000_0000));
      const [cos, sin] = cosSinOfTurns(words[pair + 1]! / 0x1_0000_0000);
      if (lane + pair < out.length) out[lane + pair] = radius * cos;
      if (lane + pair + 1 < out.length) out[lane + pair + 1] = radius * sin;
    }
  }
}

/** The first word of a draw, as a key for something else. */
export function drawWord(seed: number, purpose: number, step: number, lane: number): number {
  philox4x32(lane, 1, step, 0, seed, purpose, words);
  return words[0]!;
}
