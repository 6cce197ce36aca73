/** Grey levels of a picture: colours by their luma, transparency over the ground that it was drawn for. */

export interface Picture {
  width: number;
  height: number;
  /** 1: grey, 2: grey and alpha, 3: RGB, 4: RGBA, as a canvas has it. */
  channels: 1 | 2 | 3 | 4;
  /** [height, width, channels], row-major, not premultiplied. */
  data: Uint8Array | Uint8ClampedArray;
}

/** Visible pixels whose greys are within this of each other are one ink, and not an image with a ground of its own. */
const ONE_INK = 64;
const OPAQUE = 128;

/**
 * One byte per pixel, [height, width]. A fully opaque grey picture keeps its bytes.
 *
 * Ink of one colour on a transparent ground is laid over the opposite, black or white; a picture that has a ground of
 * its own and transparent parts around it is laid over the mean of what is visible.
 *
 * @throws RangeError when the data doesn't fit the picture's size
 */
export function toGrey(picture: Picture): Uint8Array {
  const { width, height, channels, data } = picture;
  const pixels = width * height;
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new RangeError(`image: got ${width} × ${height} pixels, expected whole numbers from 1`);
  }
  if (data.length !== pixels * channels) {
    throw new RangeError(`image: got ${data.length} bytes, expected ${width} × ${height} × ${channels}`);
  }
  const grey = new Uint8Array(pixels);
  const isColour = channels > 2;
  for (let i = 0, at = 0; i < pixels; i++, at += channels) {
    grey[i] = isColour ? luma(data[at]!, data[at + 1]!, data[at + 2]!) : data[at]!;
  }
  if (channels === 1 || channels === 3) return grey;
  const alpha = (i: number) => data[i * channels + channels - 1]!;
  const ground = groundBehind(grey, alpha);
  for (let i = 0; i < pixels; i++) {
    grey[i] = Math.round((grey[i]! * alpha(i) + ground * (255 - alpha(i))) / 255);
  }
  return grey;
}

/** Luma of ITU-R BT.601 in thousandths; grey stays exactly what it is. */
const luma = (r: number, g: number, b: number): number => Math.round((299 * r + 587 * g + 114 * b) / 1000);

function groundBehind(grey: Uint8Array, alpha: (i: number) => number): number {
  let least = OPAQUE;
  // Ink that is faint all over still is what is visible.
  if (!grey.some((_, i) => alpha(i) >= OPAQUE)) least = 1;
  let low = 255;
  let high = 0;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < grey.length; i++) {
    if (alpha(i) < least) continue;
    const level = grey[i]!;
    if (level < low) low = level;
    if (level > high) high = level;
    sum += level;
    count++;
  }
  const mean = count === 0 ? 0 : sum / count;
  if (high - low >= ONE_INK) return Math.round(mean);
  return mean < 128 ? 255 : 0;
}
