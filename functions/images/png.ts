/**
 * PNG files (W3C, "Portable Network Graphics", third edition) as pictures. fast-png decodes them; what it gets is
 * checked and reduced first, because it inflates whatever it is given, however much that becomes.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { type DecodedPng, decode } from 'fast-png';
import type { Picture } from '../../core/ingest/picture.ts';
import { checkSize, ImageError, saidBy } from './image-error.ts';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** Chunks that decide the pixels; the others, which may be compressed bombs of their own, are left out. */
const WANTED: readonly string[] = ['IHDR', 'PLTE', 'tRNS', 'IDAT'];
/** Bytes of an image's samples: 4 a pixel for the most pixels. */
const MAX_SAMPLE_BYTES = 4 * 4096 * 4096;
/** Samples per pixel and allowed depths by colour type (table 8 of the specification). */
const COLOUR_TYPES: ReadonlyMap<number, { samples: 1 | 2 | 3 | 4; depths: readonly number[] }> = new Map([
  [0, { samples: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { samples: 3, depths: [8, 16] }],
  [3, { samples: 1, depths: [1, 2, 4, 8] }],
  [4, { samples: 2, depths: [8, 16] }],
  [6, { samples: 4, depths: [8, 16] }],
]);
/** First column and row, and steps, of Adam7's seven passes. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

interface Header {
  width: number;
  height: number;
  depth: number;
  samples: 1 | 2 | 3 | 4;
  isInterlaced: boolean;
}

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.equals(bytes.subarray(0, 8));

/** @throws ImageError when the file is damaged */
export function pngSize(bytes: Uint8Array): { width: number; height: number } {
  const chunks = readChunks(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  const { width, height } = readHeader(chunks[0], Number.POSITIVE_INFINITY);
  return { width, height };
}

/** @throws ImageError when the file is damaged, of a kind that isn't read, or has more pixels than allowed */
export function decodePng(bytes: Uint8Array, maxPixels: number): Picture {
  const chunks = readChunks(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  const header = readHeader(chunks[0], maxPixels);
  const scanlines = inflateData(chunks, header);
  try {
    // fast-png knows Adam7 for whole bytes alone.
    if (header.isInterlaced && header.depth < 8) return fromPasses(chunks, header, scanlines);
    const wanted = [SIGNATURE, ...chunks.map(({ whole }) => whole), END];
    return toPicture(decode(Buffer.concat(wanted)), header);
  } catch (error) {
    throw new ImageError(`expected a PNG file: ${saidBy(error)}`);
  }
}

interface Chunk {
  type: string;
  data: Buffer;
  /** With length, type and checksum. */
  whole: Buffer;
}

const END = Buffer.from('0000000049454e44ae426082', 'hex');

/** The wanted chunks, up to the end chunk. */
function readChunks(file: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; ; ) {
    if (at + 12 > file.length) throw damaged('it ends before its end chunk');
    const length = file.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > file.length) throw damaged('it ends within a chunk');
    const type = file.toString('latin1', at + 4, at + 8);
    if (type === 'IEND') return chunks;
    if (WANTED.includes(type)) {
      if (crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4)) {
        throw damaged(`the checksum of chunk ${type} is wrong`);
      }
      chunks.push({ type, data: file.subarray(at + 8, end - 4), whole: file.subarray(at, end) });
    }
    at = end;
  }
}

function readHeader(chunk: Chunk | undefined, maxPixels: number): Header {
  if (chunk?.type !== 'IHDR' || chunk.data.length !== 13) throw damaged('it has no header');
  const { data } = chunk;
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const [depth, colourType, , , interlace] = data.subarray(8) as unknown as number[];
  checkSize(width, height, maxPixels);
  const kind = COLOUR_TYPES.get(colourType!);
  if (kind === undefined || !kind.depths.includes(depth!) || interlace! > 1) {
    throw damaged(`its header has depth ${depth}, colour type ${colourType}, interlace method ${interlace}`);
  }
  const header = { width, height, depth: depth!, samples: kind.samples, isInterlaced: interlace === 1 };
  if (width * height * kind.samples * (header.depth / 8) > MAX_SAMPLE_BYTES) {
    throw new ImageError(
      `got ${width} × ${height} pixels of ${kind.samples * header.depth} bits, expected at most ${MAX_SAMPLE_BYTES} bytes`,
      true,
    );
  }
  return header;
}

/** Inflates once within the size that the header gives, so that fast-png's own inflating is bounded, too. */
function inflateData(chunks: readonly Chunk[], header: Header): Buffer {
  const parts = chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data);
  const expected = filteredBytes(header);
  let scanlines: Buffer;
  try {
    scanlines = inflateSync(Buffer.concat(parts), { maxOutputLength: expected });
  } catch (error) {
    throw damaged(`its data does not inflate to ${expected} bytes (${(error as Error).message})`);
  }
  if (scanlines.length !== expected) {
    throw damaged(`its data inflates to ${scanlines.length} bytes, expected ${expected}`);
  }
  return scanlines;
}

interface Pass {
  columns: number;
  rows: number;
  /** Of its scanlines with their filter types. */
  bytes: number;
  place: readonly [x: number, y: number, stepX: number, stepY: number];
}

function passesOf({ width, height, depth, samples, isInterlaced }: Header): Pass[] {
  const places = isInterlaced ? ADAM7 : ([[0, 0, 1, 1]] as const);
  return places
    .map((place) => {
      const [x, y, stepX, stepY] = place;
      const columns = Math.max(0, Math.ceil((width - x) / stepX));
      const rows = Math.max(0, Math.ceil((height - y) / stepY));
      return { columns, rows, bytes: rows * (1 + Math.ceil((columns * samples * depth) / 8)), place };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

/** Bytes of the scanlines with their filter types. */
const filteredBytes = (header: Header): number => passesOf(header).reduce((sum, { bytes }) => sum + bytes, 0);

/** Each pass is filtered as a picture of its own, and so is decoded as one. */
function fromPasses(chunks: readonly Chunk[], header: Header, scanlines: Buffer): Picture {
  const { width, height } = header;
  const colours = chunks.filter(({ type }) => type === 'PLTE' || type === 'tRNS').map(({ whole }) => whole);
  let from = 0;
  let picture: Picture | undefined;
  for (const { columns, rows, bytes, place } of passesOf(header)) {
    const [x, y, stepX, stepY] = place;
    const start = Buffer.from(chunks[0]!.data);
    start.writeUInt32BE(columns, 0);
    start.writeUInt32BE(rows, 4);
    start[12] = 0;
    const data = deflateSync(scanlines.subarray(from, from + bytes), { level: 0 });
    from += bytes;
    const file = [SIGNATURE, chunkOf('IHDR', start), ...colours, chunkOf('IDAT', data), END];
    const part = toPicture(decode(Buffer.concat(file)), { ...header, width: columns, height: rows });
    const { channels } = part;
    picture ??= { width, height, channels, data: new Uint8Array(width * height * channels) };
    for (let n = 0; n < columns * rows; n++) {
      const pixel = (y + Math.floor(n / columns) * stepY) * width + x + (n % columns) * stepX;
      for (let c = 0; c < channels; c++) picture.data[pixel * channels + c] = part.data[n * channels + c]!;
    }
  }
  return picture!;
}

function chunkOf(type: string, data: Buffer): Buffer {
  const whole = Buffer.concat([Buffer.alloc(4), Buffer.from(type, 'latin1'), data, Buffer.alloc(4)]);
  whole.writeUInt32BE(data.length, 0);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4);
  return whole;
}

/** Samples as bytes, with palette and transparency as channels. */
function toPicture(png: DecodedPng, { width, height, depth, samples }: Header): Picture {
  const { palette, transparency } = png;
  const raw = depth < 8 ? unpack(png.data, width, height, depth) : png.data;
  if (palette !== undefined && samples === 1) {
    const data = new Uint8Array(width * height * 4);
    raw.forEach((index, i) => {
      const colour = palette[index];
      if (colour === undefined) throw new ImageError(`colour ${index} is not in the palette`);
      const [r, g, b, alpha = 255] = colour as [number, number, number, number?];
      data.set([r, g, b, alpha], i * 4);
    });
    return { width, height, channels: 4, data };
  }
  const bytes = depth === 8 ? (raw as Uint8Array) : toBytes(raw, 2 ** depth - 1);
  if (transparency === undefined) return { width, height, channels: samples, data: bytes };
  // One colour of grey or RGB images that is transparent.
  const channels = (samples + 1) as 2 | 4;
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    let isTransparent = true;
    for (let c = 0; c < samples; c++) {
      data[i * channels + c] = bytes[i * samples + c]!;
      if (raw[i * samples + c] !== transparency[c]) isTransparent = false;
    }
    data[i * channels + samples] = isTransparent ? 0 : 255;
  }
  return { width, height, channels, data };
}

/** @param most the largest sample, which becomes 255 */
function toBytes(samples: ArrayLike<number>, most: number): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round((samples[i]! * 255) / most);
  return bytes;
}

/** Samples of less than a byte, one each; a row starts at a byte. */
function unpack(data: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  const samples = new Uint8Array(width * height);
  for (let i = 0; i < samples.length; i++) {
    const bit = (i % width) * depth;
    const byte = data[Math.floor(i / width) * rowBytes + (bit >> 3)]!;
    samples[i] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
  }
  return samples;
}

const damaged = (why: string) => new ImageError(`expected a PNG file: ${why}`);
