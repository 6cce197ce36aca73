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
/** Each goes over the whole image. Encoders make about ten. */
const MAX_SCANS = 64;
const MEGAPIXEL = 1_000_000;
/** Of the decoder: coefficients of three components, 4 bytes each, and its output. */
const MAX_MEMORY_MB = 512;

/** The decoder also gives Exif data, of which its types don't know. */
type Decoded = ReturnType<typeof decode> & { exifBuffer?: Uint8Array };

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === START_OF_IMAGE;

/** @throws ImageError when the file is damaged, of a kind that isn't read, or has more pixels than allowed */
export function decodeJpeg(bytes: Uint8Array, maxPixels: number): Picture {
  checkHeader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), maxPixels);
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

/** Looks at the segments before the first scan, and counts the scans. */
function checkHeader(file: Buffer, maxPixels: number): void {
  for (let at = 2; ; ) {
    if (at + 4 > file.length) throw damaged('it ends before its first frame');
    if (file[at] !== 0xff) throw damaged(`byte ${at} is ${file[at]}, expected a marker`);
    const marker = file[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && !NO_FRAMES.includes(marker);
    if (isFrame) {
      if (!READABLE_FRAMES.includes(marker)) {
        throw new ImageError(`got a JPEG of kind SOF${marker - 0xc0}, expected baseline or progressive`);
      }
      if (at + 9 > file.length) throw damaged('it ends within its header');
      checkSize(file.readUInt16BE(at + 7), file.readUInt16BE(at + 5), maxPixels);
      break;
    }
    if (marker === START_OF_SCAN) throw damaged('a scan comes before the frame');
    at += 2 + file.readUInt16BE(at + 2);
  }
  let scans = 0;
  const scan = Buffer.of(0xff, START_OF_SCAN);
  for (let at = file.indexOf(scan); at >= 0; at = file.indexOf(scan, at + 2)) scans++;
  if (scans > MAX_SCANS) throw new ImageError(`got a JPEG of ${scans} scans, expected at most ${MAX_SCANS}`);
}

const damaged = (why: string) => new ImageError(`expected a JPEG file: ${why}`);
