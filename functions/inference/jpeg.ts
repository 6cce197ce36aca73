/** JPEG files (ITU-T T.81) as pictures: jpeg-js decodes them once their segments are known to be harmless. */
import { decode } from 'jpeg-js';
import type { Picture } from '../../core/ingest/picture.ts';
import { orientationOf, upright } from './exif.ts';
import { checkSize, ImageError, saidBy } from './image-error.ts';
import { type JpegFrame, readSegments } from './jpeg-segments.ts';

const START_OF_IMAGE = 0xd8;
/** Encoders make about ten. */
const MAX_SCANS = 64;
/** Pixels times scans, each of which goes over the whole image: what takes a few seconds at most. */
const MAX_SCANNED_PIXELS = 12 * 4096 * 4096;
const MEGAPIXEL = 1_000_000;
/** Of the decoder: coefficients of three components, 4 bytes each, and its output. */
const MAX_MEMORY_MB = 512;

/** The decoder also gives Exif data, of which its types don't know. */
type Decoded = ReturnType<typeof decode> & { exifBuffer?: Uint8Array };

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === START_OF_IMAGE;

/** @throws ImageError when the file is damaged, of a kind that isn't read, or has more pixels than allowed */
export function decodeJpeg(bytes: Uint8Array, maxPixels: number): Picture {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const frame = readSegments(file);
  checkSize(frame.width, frame.height, maxPixels);
  checkScans(frame);
  try {
    const { width, height, data, exifBuffer } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: maxPixels / MEGAPIXEL,
      maxMemoryUsageInMB: MAX_MEMORY_MB,
    }) as Decoded;
    const picture: Picture = { width, height, channels: 3, data };
    // Behind the letters Exif and a zero, which the decoder has taken away, is another zero.
    return exifBuffer === undefined ? picture : upright(picture, orientationOf(exifBuffer.subarray(1)));
  } catch (error) {
    throw new ImageError(`expected a JPEG file: ${saidBy(error)}`);
  }
}

function checkScans({ width, height, scans }: JpegFrame): void {
  const most = Math.min(MAX_SCANS, Math.floor(MAX_SCANNED_PIXELS / (width * height)));
  if (scans > most) throw new ImageError(`got a JPEG of ${scans} scans, expected at most ${most}`, true);
}
