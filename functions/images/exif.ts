/** The orientation in a JPEG's Exif data (CIPA DC-008, 4.6.4): cameras store what the sensor saw and how to turn it. */
import type { Picture } from '../../core/ingest/picture.ts';

const ORIENTATION = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;

/** @param exif TIFF structure with its header @returns 1 to 8; 1, upright, when it doesn't say or can't be read */
export function orientationOf(exif: Uint8Array): number {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.length);
  try {
    const order = view.getUint16(0);
    const isLittle = order === 0x4949;
    if (!isLittle && order !== 0x4d4d) return 1;
    const directory = view.getUint32(4, isLittle);
    const entries = view.getUint16(directory, isLittle);
    for (let n = 0; n < entries; n++) {
      const at = directory + 2 + n * ENTRY_BYTES;
      if (view.getUint16(at, isLittle) !== ORIENTATION) continue;
      const value = view.getUint16(at + 8, isLittle);
      return view.getUint16(at + 2, isLittle) === SHORT && value >= 1 && value <= 8 ? value : 1;
    }
  } catch (error) {
    // It points beyond its end. The pixels are whole even so.
    if (!(error instanceof RangeError)) throw error;
  }
  return 1;
}

/** Where the pixel that belongs to (x, y) is in a stored image of w × h, by orientation from 1. */
const SOURCES: readonly ((x: number, y: number, w: number, h: number) => readonly [number, number])[] = [
  (x, y) => [x, y],
  (x, y, w) => [w - 1 - x, y],
  (x, y, w, h) => [w - 1 - x, h - 1 - y],
  (x, y, _, h) => [x, h - 1 - y],
  (x, y) => [y, x],
  (x, y, _, h) => [y, h - 1 - x],
  (x, y, w, h) => [w - 1 - y, h - 1 - x],
  (x, y, w) => [w - 1 - y, x],
];

/** The picture as it is to be seen. @param orientation 1 to 8 */
export function upright(picture: Picture, orientation: number): Picture {
  if (orientation === 1) return picture;
  const { width: w, height: h, channels, data } = picture;
  const [width, height] = orientation < 5 ? [w, h] : [h, w];
  const source = SOURCES[orientation - 1]!;
  const turned = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [sx, sy] = source(x, y, w, h);
      const from = (sy * w + sx) * channels;
      for (let c = 0; c < channels; c++) turned[to++] = data[from + c]!;
    }
  }
  return { width, height, channels, data: turned };
}
