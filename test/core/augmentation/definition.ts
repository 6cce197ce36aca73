/** Augmentation as its documentation defines it, in float64 and with nothing saved: slow, and for small pictures. */
import type { Augmentation, ElasticDistortion } from '../../../core/augmentation/settings.ts';
import type { PictureShape } from '../../../core/network/layers.ts';
import { philox4x32 } from '../../../core/random/philox.ts';

const AUGMENTATION = 11;
const ELASTIC = 12;
const SIZE = 512;

export function wordsOf(row: number, block: number, step: number, seed: number, purpose = AUGMENTATION) {
  const words = new Uint32Array(4);
  philox4x32(row, block, step, 0, seed, purpose, words);
  return [...words] as [number, number, number, number];
}

/** In (-1, 1). */
const symmetric = (word: number) => ((word + 0.5) / 2 ** 32) * 2 - 1;
/** From -most to most, whole. */
const whole = (word: number, most: number) => Math.floor((word / 2 ** 32) * (2 * most + 1)) - most;

const noise = new Map<number, Float64Array>();
function noiseOf(seed: number): Float64Array {
  const known = noise.get(seed);
  if (known !== undefined) return known;
  const made = new Float64Array(SIZE * SIZE);
  for (let block = 0; block < made.length / 4; block++) {
    made.set(wordsOf(block, 0, 0, seed, ELASTIC).map(symmetric), block * 4);
  }
  noise.set(seed, made);
  return made;
}

/** Pixels, at a place of the torus. */
export function displacementAt(
  { alpha, sigma }: ElasticDistortion,
  seed: number,
  row: number,
  column: number,
) {
  const values = noiseOf(seed);
  const radius = Math.ceil(3 * sigma);
  let sum = 0;
  let weights = 0;
  for (let down = -radius; down <= radius; down++) {
    for (let across = -radius; across <= radius; across++) {
      const weight = Math.exp(-(down * down + across * across) / (2 * sigma * sigma));
      sum += weight * values[((row + down + SIZE) % SIZE) * SIZE + ((column + across + SIZE) % SIZE)]!;
      weights += weight;
    }
  }
  return (alpha * sum) / weights;
}

/** @returns [height, width, channels] */
export function augmentedDirectly(
  source: ArrayLike<number>,
  [height, width, channels]: PictureShape,
  { shift = 0, rotation = 0, scale = 0, flip = false, crop = 0, elastic }: Augmentation,
  seed: number,
  step: number,
  row: number,
): Float64Array {
  const [shiftDown, shiftAcross, turn, size] = wordsOf(row, 0, step, seed).map(symmetric) as number[];
  const [flipWord, cropDown, cropAcross] = wordsOf(row, 1, step, seed);
  const [windowDown, windowAcross] = wordsOf(row, 2, step, seed);
  const isMirrored = flip && flipWord >= 2 ** 31;
  const down = shift * shiftDown! + whole(cropDown, crop);
  const across = shift * shiftAcross! + whole(cropAcross, crop);
  const angle = (rotation * turn! * Math.PI) / 180;
  const factor = 1 + scale * size!;
  const displacement = (word: number, y: number, x: number) =>
    elastic === undefined
      ? 0
      : displacementAt(elastic, seed, ((word >>> 16) + y) % SIZE, ((word & 0xffff) + x) % SIZE);
  const result = new Float64Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // Back along the way: not moved, not turned (upwards is -y), not enlarged, not mirrored, displaced.
      const v = y - down - (height - 1) / 2;
      const u = x - across - (width - 1) / 2;
      const sourceY = (u * Math.sin(angle) + v * Math.cos(angle)) / factor + (height - 1) / 2;
      const straightX = (u * Math.cos(angle) - v * Math.sin(angle)) / factor + (width - 1) / 2;
      const sourceX = isMirrored ? width - 1 - straightX : straightX;
      const fromY = sourceY + displacement(windowDown, y, x);
      const fromX = sourceX + displacement(windowAcross, y, x);
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let r = 0; r < height; r++) {
          for (let c = 0; c < width; c++) {
            const weight = Math.max(0, 1 - Math.abs(fromY - r)) * Math.max(0, 1 - Math.abs(fromX - c));
            sum += weight * source[(r * width + c) * channels + channel]!;
          }
        }
        result[(y * width + x) * channels + channel] = sum;
      }
    }
  }
  return result;
}
