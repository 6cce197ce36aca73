/** JPEG files (ITU-T T.81) as pictures: jpeg-js decodes them once their header is known to be harmless. */
import { decode } from 'jpeg-js';
import type { Picture } from '../../core/data/grey.ts';
import { orientationOf, upright } from './exif.ts';
import { checkSize, ImageError } from './image-error.ts';

const START_OF_IMAGE = 0xd8;
const START_OF_SCAN = 0xda;
/** Baseline, extended and progressive, all with Huffman coding. */
const READABLE_FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2];
/** Markers between SOF0 and SOF15 that are no start of a frame: Huffman tables, extensions, arithmetic coding. */
const NO_FRAMES: readonly number[] = [0xc4, 0xc8, 0xcc];
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
  const frame = findFrame(file);
  checkSize(frame.width, frame.height, maxPixels);
  checkScans(file, frame.width * frame.height);
  try {
    const { width, height, data, exifBuffer } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      // Once more, of every frame that the decoder meets.
      maxResolutionInMP: maxPixels / MEGAPIXEL,
      maxMemoryUsageInMB: MAX_MEMORY_MB,
    }) as Decoded;
    const picture: Picture = { width, height, channels: 3, data };
    // Behind the letters Exif and a zero, which the decoder has taken away, is another zero.
    return exifBuffer === undefined ? picture : upright(picture, orientationOf(exifBuffer.subarray(1)));
  } catch (error) {
    // The decoder meets what is damaged with errors of any kind.
    throw damaged((error as Error).message);
  }
}

/** The image's size out of the segments before the first scan. */
function findFrame(file: Buffer): { width: number; height: number } {
  for (let at = 2; ; ) {
    if (at + 4 > file.length) throw damaged('it ends before its first frame');
    if (file[at] !== 0xff) throw damaged(`byte ${at} is ${file[at]}, expected a marker`);
    const marker = file[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === START_OF_SCAN) throw damaged('a scan comes before the frame');
    if (marker < 0xc0 || marker > 0xcf || NO_FRAMES.includes(marker)) {
      at += 2 + file.readUInt16BE(at + 2);
      continue;
    }
    if (!READABLE_FRAMES.includes(marker)) {
      throw new ImageError(`got a JPEG of kind SOF${marker - 0xc0}, expected baseline or progressive`);
    }
    if (at + 9 > file.length) throw damaged('it ends within its header');
    return { width: file.readUInt16BE(at + 7), height: file.readUInt16BE(at + 5) };
  }
}

function checkScans(file: Buffer, pixels: number): void {
  let scans = 0;
  const scan = Buffer.of(0xff, START_OF_SCAN);
  for (let at = file.indexOf(scan); at >= 0; at = file.indexOf(scan, at + 2)) scans++;
  const most = Math.min(MAX_SCANS, Math.floor(MAX_SCANNED_PIXELS / pixels));
  if (scans > most) throw new ImageError(`got a JPEG of ${scans} scans, expected at most ${most}`, true);
}

const damaged = (why: string) => new ImageError(`expected a JPEG file: ${why}`);
