/** Where a row's picture is taken from: draws of (seed, step, row in the batch), and what they make of each pixel. */
import { cosSinOfTurns } from '../math/elementary.ts';
import { multiplyHigh, philox4x32 } from '../random/philox.ts';
import { PURPOSE } from '../random/streams.ts';
import type { Augmentation } from './settings.ts';

/**
 * The pixel at row y and column x of the result is the source's at row `y0 + yy·y + yx·x` and column `x0 + xy·y + xx·x`,
 * displaced by the fields of the two windows.
 */
export interface Placement {
  y0: number;
  yy: number;
  yx: number;
  x0: number;
  xy: number;
  xx: number;
  /** Draws that say where the displacements' windows begin, down and across. */
  windowDown: number;
  windowAcross: number;
}

export const noPlacement = (): Placement => ({
  ...{ y0: 0, yy: 1, yx: 0, x0: 0, xy: 0, xx: 1 },
  ...{ windowDown: 0, windowAcross: 0 },
});

const words = new Uint32Array(4);

/**
 * Writes where row `row` of step `step`'s batch is taken from. The picture is mirrored, made larger or smaller and turned
 * about its centre (counter-clockwise for positive angles), and moved; a pixel of the result looks back along that way.
 *
 * Each change has words of its own, whatever else is changed: those of block 0 of the row are shift down, shift across,
 * rotation, scale; of block 1 flip, crop down, crop across; of block 2 the windows.
 */
export function place(
  to: Placement,
  { shift = 0, rotation = 0, scale = 0, flip = false, crop = 0, elastic }: Augmentation,
  height: number,
  width: number,
  seed: number,
  step: number,
  row: number,
): void {
  philox4x32(row, 0, step, 0, seed, PURPOSE.augmentation, words);
  let down = shift * either(words[0]!);
  let across = shift * either(words[1]!);
  const turns = (rotation / 360) * either(words[2]!);
  const factor = 1 + scale * either(words[3]!);
  philox4x32(row, 1, step, 0, seed, PURPOSE.augmentation, words);
  const isMirrored = flip && words[0]! >= 0x8000_0000;
  down += multiplyHigh(words[1]!, 2 * crop + 1) - crop;
  across += multiplyHigh(words[2]!, 2 * crop + 1) - crop;

  const [cos, sin] = cosSinOfTurns(turns < 0 ? turns + 1 : turns);
  const [centreY, centreX] = [(height - 1) / 2, (width - 1) / 2];
  to.yy = cos / factor;
  to.yx = sin / factor;
  to.xy = -sin / factor;
  to.xx = cos / factor;
  to.y0 = centreY - to.yy * (centreY + down) - to.yx * (centreX + across);
  to.x0 = centreX - to.xy * (centreY + down) - to.xx * (centreX + across);
  if (isMirrored) {
    to.x0 = width - 1 - to.x0;
    to.xy = -to.xy;
    to.xx = -to.xx;
  }
  if (elastic === undefined) return;
  philox4x32(row, 2, step, 0, seed, PURPOSE.augmentation, words);
  to.windowDown = words[0]!;
  to.windowAcross = words[1]!;
}

/** Uniform in (-1, 1), as often below 0 as above. */
const either = (word: number): number => (2 * word + 1) / 0x1_0000_0000 - 1;
