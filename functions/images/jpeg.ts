/** JPEG files (ITU-T T.81) as pictures: jpeg-js decodes them once their segments are known to be harmless. */
import { decode } from 'jpeg-js';
import type { Picture } from '../../core/ingest/picture.ts';
import { upright } from './exif.ts';
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

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === START_OF_IMAGE;

/** Of the picture as it is to be seen. @throws ImageError when the file is damaged or of a kind that isn't read */
export function jpegSize(bytes: Uint8Array): { width: number; height: number } {
  const { width, height, orientation } = readSegments(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  );
  return orientation < 5 ? { width, height } : { width: height, height: width };
}

/** @throws ImageError when the file is damaged, of a kind that isn't read, or has more pixels than allowed */
export function decodeJpeg(bytes: Uint8Array, maxPixels: number): Picture {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const frame = readSegments(file);
  checkSize(frame.width, frame.height, maxPixels);
  checkScans(frame);
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: maxPixels / MEGAPIXEL,
      maxMemoryUsageInMB: MAX_MEMORY_MB,
    });
    return upright({ width, height, channels: 3, data }, frame.orientation);
  } catch (error) {
    throw new ImageError(`expected a JPEG file: ${saidBy(error)}`);
  }
}

function checkScans({ width, height, scans }: JpegFrame): void {
  const most = Math.min(MAX_SCANS, Math.floor(MAX_SCANNED_PIXELS / (width * height)));
  if (scans > most) throw new ImageError(`got a JPEG of ${scans} scans, expected at most ${most}`, true);
}
