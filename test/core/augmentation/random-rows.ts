/** Random pictures that are higher than wide or the other way round, and ways to change them. */
import fc from 'fast-check';
import type { Augmentation } from '../../../core/augmentation/settings.ts';
import type { PictureShape } from '../../../core/network/layers.ts';
import { fillIntegers } from '../../../core/random/streams.ts';
import type { PixelRows } from '../../../core/rows/input-rows.ts';

export const shapes: fc.Arbitrary<PictureShape> = fc
  .tuple(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 4 }))
  .filter(([height, width]) => height !== width);

const upTo = (max: number) => fc.double({ min: 0, max, noNaN: true });

export const augmentations: fc.Arbitrary<Augmentation> = fc.record(
  {
    shift: upTo(4),
    rotation: upTo(180),
    scale: upTo(0.6),
    elastic: fc.record({ alpha: upTo(20), sigma: fc.constantFrom(0.3, 1, 1.7) }),
    flip: fc.boolean(),
    crop: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: [] },
);

/** Bytes of which a third are 0. */
export function randomPixels(rows: number, [height, width, channels]: PictureShape, seed = 7): PixelRows {
  const columns = height * width * channels;
  const words = new Uint32Array(rows * columns);
  fillIntegers(words, 384, seed, 97, 0);
  return { rows, columns, pixels: Uint8Array.from(words, (word) => Math.max(0, word - 128)) };
}
