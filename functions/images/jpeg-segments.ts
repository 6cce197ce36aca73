/**
 * Goes through a JPEG file's segments (ITU-T T.81, annex B) before it is decoded: the decoder believes counts and
 * lengths, and each count is work or memory.
 */
import { orientationOf } from './exif.ts';
import { ImageError } from './image-error.ts';

export interface JpegFrame {
  width: number;
  height: number;
  /** How often the decoder goes over the image. */
  scans: number;
  /** As Exif counts them, 1 to 8: how what is stored is to be turned. */
  orientation: number;
}

const MARKER = {
  startOfImage: 0xd8,
  endOfImage: 0xd9,
  startOfScan: 0xda,
  huffmanTables: 0xc4,
  quantizationTables: 0xdb,
  numberOfLines: 0xdc,
  restartInterval: 0xdd,
  exif: 0xe1,
  comment: 0xfe,
} as const;
/** Baseline, extended and progressive, all with Huffman coding. */
const READABLE_FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2];
/** Grey, colour, and what printers use. */
const COMPONENTS: readonly number[] = [1, 3, 4];
const MAX_SAMPLING = 4;
/** What Exif data begins with; XMP, for one, stands in segments of the same kind. */
const EXIF = Buffer.from('Exif\0');

/** @throws ImageError when the file is damaged or of a kind that isn't read */
export function readSegments(file: Buffer): JpegFrame {
  let frame: { width: number; height: number; components: number } | undefined;
  let scans = 0;
  let orientation = 1;
  for (let at = 2; ; ) {
    at = nextMarker(file, at);
    const marker = file[at + 1]!;
    if (marker === MARKER.endOfImage) {
      if (frame === undefined || scans === 0) throw damaged('it ends before its first scan');
      return { width: frame.width, height: frame.height, scans, orientation };
    }
    const segment = segmentAt(file, at);
    at += 2 + segment.length;
    if (isFrame(marker)) {
      if (frame !== undefined) throw damaged('it has a second frame');
      frame = readFrame(marker, segment);
    } else if (marker === MARKER.startOfScan) {
      if (frame === undefined) throw damaged('a scan comes before the frame');
      checkScan(segment, frame.components);
      scans++;
      at = endOfScan(file, at);
    } else {
      checkTables(marker, segment);
      const data = segment.subarray(2);
      if (marker === MARKER.exif && EXIF.equals(data.subarray(0, EXIF.length))) {
        // Behind its letters and a zero is another zero.
        orientation = orientationOf(data.subarray(EXIF.length + 1));
      }
    }
  }
}

/** Where the next marker begins; fill bytes may stand before it. */
function nextMarker(file: Buffer, start: number): number {
  let at = start;
  while (file[at] === 0xff && file[at + 1] === 0xff) at++;
  if (at + 2 > file.length) throw damaged('it ends before its end marker');
  if (file[at] !== 0xff) throw damaged(`byte ${at} is ${file[at]}, expected a marker`);
  return at;
}

/** Length and content, from the two bytes of its length on. */
function segmentAt(file: Buffer, at: number): Buffer {
  const length = at + 4 > file.length ? 0 : file.readUInt16BE(at + 2);
  if (length < 2 || at + 2 + length > file.length) throw damaged(`it ends within the segment at byte ${at}`);
  return file.subarray(at + 2, at + 2 + length);
}

/** SOF0 to SOF15, but for Huffman tables (DHT), extensions (JPG) and arithmetic coding's conditions (DAC). */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== MARKER.huffmanTables && marker !== 0xc8 && marker !== 0xcc;

function readFrame(marker: number, segment: Buffer): { width: number; height: number; components: number } {
  if (!READABLE_FRAMES.includes(marker)) {
    throw new ImageError(`got a JPEG of kind SOF${marker - 0xc0}, expected baseline or progressive`);
  }
  const components = segment[7] ?? 0;
  if (segment.length < 8) throw damaged('it ends within its header');
  if (!COMPONENTS.includes(components)) throw damaged(`got ${components} components, expected 1, 3 or 4`);
  if (segment.length !== 8 + 3 * components) throw damaged('its frame has another length');
  const ids = new Set<number>();
  for (let n = 0; n < components; n++) {
    ids.add(segment[8 + 3 * n]!);
    const sampling = segment[9 + 3 * n]!;
    const [across, down] = [sampling >> 4, sampling & 15];
    if (Math.min(across, down) < 1 || Math.max(across, down) > MAX_SAMPLING) {
      throw damaged(`got a component sampled ${across} × ${down}, expected 1 to ${MAX_SAMPLING}`);
    }
  }
  if (ids.size < components) throw damaged('two of its components have one number');
  return { width: segment.readUInt16BE(5), height: segment.readUInt16BE(3), components };
}

/** A component named twice, or hundreds of times, would be decoded as often. */
function checkScan(segment: Buffer, components: number): void {
  const count = segment[2] ?? 0;
  const named = new Set(Array.from({ length: count }, (_, n) => segment[3 + 2 * n]));
  if (count < 1 || count > components || named.size < count || segment.length !== 6 + 2 * count) {
    throw damaged(`it has a scan of ${count} components, expected some of its ${components}`);
  }
}

/** The decoder goes through tables by what they hold: a segment that says another length would hide what follows. */
function checkTables(marker: number, segment: Buffer): void {
  if (marker === MARKER.huffmanTables) checkHuffmanTables(segment);
  else if (marker === MARKER.quantizationTables) checkQuantizationTables(segment);
  else if (marker === MARKER.restartInterval || marker === MARKER.numberOfLines) {
    if (segment.length !== 4) throw damaged(`its segment ${hex(marker)} has another length`);
  } else if (marker !== MARKER.comment && (marker < 0xe0 || marker > 0xef)) {
    throw damaged(`it has the marker ${hex(marker)}, which is not read`);
  }
}

function checkHuffmanTables(segment: Buffer): void {
  let at = 2;
  while (at + 17 <= segment.length) {
    at += 17 + segment.subarray(at + 1, at + 17).reduce((sum, codes) => sum + codes, 0);
  }
  if (at !== segment.length) throw damaged('its Huffman tables have another length');
}

function checkQuantizationTables(segment: Buffer): void {
  let at = 2;
  while (at < segment.length) at += segment[at]! >> 4 === 0 ? 65 : 129;
  if (at !== segment.length) throw damaged('its quantization tables have another length');
}

/** Where the marker begins that ends the scan; a zero behind FF says that it is data, and restarts are part of it. */
function endOfScan(file: Buffer, start: number): number {
  for (let at = file.indexOf(0xff, start); at >= 0; at = file.indexOf(0xff, at + 1)) {
    const next = file[at + 1];
    if (next === undefined) break;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  throw damaged('it ends within a scan');
}

const hex = (marker: number): string => `FF${marker.toString(16).toUpperCase()}`;
const damaged = (why: string) => new ImageError(`expected a JPEG file: ${why}`);
