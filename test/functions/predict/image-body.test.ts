/** POST /predict with image files: every kind of PNG, JPEG, and files that mean harm. */
import { crc32, deflateSync } from 'node:zlib';
import { encode as encodePng } from 'fast-png';
import { encode as encodeJpeg } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { mnistApi } from '../support/mnist-api.ts';

const api = mnistApi({ train: 6000, test: 500 });
const SCALE = 5;
const SIDE = 28 * SCALE;
/** A digit of the test set that the model gets right. */
const INDEX = 0;

/** Ink 0–255 at each place of the digit, five times its size. */
const inkAt = (x: number, y: number) => api.digit(INDEX)[Math.floor(y / SCALE) * 28 + Math.floor(x / SCALE)]!;

function samples<T extends Uint8Array | Uint16Array>(data: T, of: (ink: number) => readonly number[]): T {
  const channels = data.length / (SIDE * SIDE);
  const digit = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => inkAt(i % SIDE, Math.floor(i / SIDE)));
  digit.forEach((ink, i) => {
    data.set(of(ink), i * channels);
  });
  return data;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const whole = Buffer.concat([Buffer.alloc(4), Buffer.from(type, 'latin1'), data, Buffer.alloc(4)]);
  whole.writeUInt32BE(data.length, 0);
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4);
  return whole;
}
const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

interface Header {
  width: number;
  height: number;
  depth: number;
  colourType: number;
  interlace?: number;
}
function header({ width, height, depth, colourType, interlace = 0 }: Header): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([depth, colourType, 0, 0, interlace], 8);
  return chunk('IHDR', data);
}
const png = (...chunks: Buffer[]) => Buffer.concat([SIGNATURE, ...chunks, chunk('IEND', Buffer.alloc(0))]);
const idat = (scanlines: Uint8Array) => chunk('IDAT', deflateSync(scanlines));

/** Scanlines of `depth` bits a sample without filter, of every so many pixels from a first one. */
function packed(
  depth: number,
  level: (ink: number) => number,
  [x0, y0, stepX, stepY]: readonly number[] = [0, 0, 1, 1],
): Buffer {
  const [columns, rows] = [Math.ceil((SIDE - x0!) / stepX!), Math.ceil((SIDE - y0!) / stepY!)];
  const rowBytes = 1 + Math.ceil((columns * depth) / 8);
  const lines = Buffer.alloc(rowBytes * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = y * rowBytes + 1 + ((x * depth) >> 3);
      const ink = inkAt(x0! + x * stepX!, y0! + y * stepY!);
      lines[at]! |= level(ink) << (8 - depth - ((x * depth) & 7));
    }
  }
  return lines;
}

/** In the seven passes of Adam7, as the specification's figure has them. */
const interlaced = (depth: number, level: (ink: number) => number): Buffer =>
  Buffer.concat(
    [
      [0, 0, 8, 8],
      [4, 0, 8, 8],
      [0, 4, 4, 8],
      [2, 0, 4, 4],
      [0, 2, 2, 4],
      [1, 0, 2, 2],
      [0, 1, 1, 2],
    ].map((place) => packed(depth, level, place)),
  );

const encode = (
  channels: number,
  of: (ink: number) => readonly number[],
  options: Parameters<typeof encodePng>[1] = {},
  data: Uint8Array | Uint16Array = new Uint8Array(SIDE * SIDE * channels),
) => {
  const depth = data.BYTES_PER_ELEMENT === 1 ? 8 : 16;
  return encodePng({ width: SIDE, height: SIDE, depth, channels, data: samples(data, of) }, options);
};
const jpeg = (of: (ink: number) => readonly number[], quality = 90) =>
  encodeJpeg({ width: SIDE, height: SIDE, data: samples(new Uint8Array(SIDE * SIDE * 4), of) }, quality).data;
const size = (depth: number, colourType: number) => ({ width: SIDE, height: SIDE, depth, colourType });
const palette = chunk('PLTE', Buffer.from([255, 255, 255, 30, 30, 200]));
const light = (ink: number) => [ink, ink, ink, 255];
const dark = (ink: number) => light(255 - ink);
const bit = (ink: number) => (ink > 127 ? 1 : 0);

describe('the same digit, as', () => {
  it.each<[string, () => Uint8Array, string?]>([
    ['grey', () => encode(1, (ink) => [ink])],
    ['dark on light', () => encode(1, (ink) => [255 - ink])],
    ['RGB', () => encode(3, (ink) => [ink, ink / 2, 0])],
    ['blue on yellow', () => encode(3, (ink) => [255 - ink, 255 - ink, ink])],
    ['RGBA, black on nothing', () => encode(4, (ink) => [0, 0, 0, ink])],
    ['RGBA, white on nothing', () => encode(4, (ink) => [255, 255, 255, ink])],
    ['grey and alpha', () => encode(2, (ink) => [0, ink])],
    ['Adam7, grey', () => encode(1, (ink) => [ink], { interlace: 'Adam7' })],
    ['Adam7, RGBA', () => encode(4, light, { interlace: 'Adam7' })],
    ['16 bits a sample', () => encode(1, (ink) => [ink * 257], {}, new Uint16Array(SIDE * SIDE))],
    ['1 bit', () => png(header(size(1, 0)), idat(packed(1, bit)))],
    ['2 bits', () => png(header(size(2, 0)), idat(packed(2, (ink) => ink >> 6)))],
    ['4 bits', () => png(header(size(4, 0)), idat(packed(4, (ink) => 15 - (ink >> 4))))],
    ['Adam7, 1 bit', () => png(header({ ...size(1, 0), interlace: 1 }), idat(interlaced(1, bit)))],
    [
      'Adam7, 4 bits',
      () => png(header({ ...size(4, 0), interlace: 1 }), idat(interlaced(4, (ink) => ink >> 4))),
    ],
    [
      'Adam7, a palette of 2 bits',
      () => png(header({ ...size(2, 3), interlace: 1 }), palette, idat(interlaced(2, bit))),
    ],
    ['a palette of 1 bit', () => png(header(size(1, 3)), palette, idat(packed(1, bit)))],
    ['a palette of 8 bits', () => png(header(size(8, 3)), palette, idat(packed(8, bit)))],
    [
      'a palette with a transparent ground',
      () => png(header(size(4, 3)), palette, chunk('tRNS', Buffer.from([0])), idat(packed(4, bit))),
    ],
    [
      'grey with one transparent level',
      () =>
        png(
          header(size(8, 0)),
          chunk('tRNS', Buffer.from([0, 7])),
          idat(packed(8, (ink) => (ink > 127 ? 250 : 7))),
        ),
    ],
    [
      'several data chunks, and text between header and data',
      () => {
        const data = deflateSync(packed(8, (ink) => ink));
        const parts = [data.subarray(0, 10), data.subarray(10)].map((part) => chunk('IDAT', part));
        return png(header(size(8, 0)), chunk('tEXt', Buffer.from('Title\0seven')), ...parts);
      },
    ],
    ['JPEG, light on dark', () => jpeg(light), 'image/jpeg'],
    ['JPEG, by its other name', () => jpeg(light), 'image/jpg'],
    ['JPEG, dark on light, poor', () => jpeg(dark, 30), 'image/jpeg'],
    ['a JPEG that is declared as PNG', () => jpeg(light), 'image/png'],
    ['a type with parameters', () => encode(1, (ink) => [ink]), 'Image/PNG; charset=binary'],
  ])('%s', async (_name, file, type = 'image/png') => {
    const { status, answer } = await api.postFile(file(), type, { pixels: 'true' });
    expect({ status, class: answer.class }).toEqual({ status: 200, class: api.data.test.labels[INDEX] });
    const original = api.digit(INDEX);
    const change = answer.pixels.reduce(
      (sum: number, level: number, i: number) => sum + Math.abs(level - original[i]!),
      0,
    );
    expect(change / 784).toBeLessThan(8);
  });

  it('the largest image that is allowed', async () => {
    const [width, height] = [4096, 4096];
    const lines = Buffer.alloc(height * (width + 1));
    for (let y = 500; y < 3500; y++) lines.fill(255, y * (width + 1) + 2000, y * (width + 1) + 2300);
    const file = png(header({ width, height, depth: 8, colourType: 0 }), idat(lines));
    expect(await api.postFile(file)).toMatchObject({ status: 200, answer: { class: 1 } });
  });
});

describe('refused', () => {
  const line = (bytes: number) => Buffer.alloc(bytes);
  const grey = (width: number, height: number, depth = 8, colourType = 0, interlace = 0) =>
    header({ width, height, depth, colourType, interlace });
  const TWO = idat(line(2));
  const MOST = 0xffff_ffff;
  const bomb = deflateSync(Buffer.alloc(50_000_000));
  const whole = () => Buffer.from(encode(1, (ink) => [ink]));
  const picture = () => Buffer.from(jpeg(light));
  const sof = (bytes: Buffer) => bytes.indexOf(Buffer.of(0xff, 0xc0));
  const sos = (bytes: Buffer) => bytes.indexOf(Buffer.of(0xff, 0xda));
  const inserted = (bytes: Buffer, at: number, part: Buffer) =>
    Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
  const changed = (bytes: Buffer, at: number, value: number) => {
    bytes[at] = value;
    return bytes;
  };
  const sized = (bytes: Buffer, height: number, width: number) => {
    bytes.writeUInt16BE(height, sof(bytes) + 5);
    bytes.writeUInt16BE(width, sof(bytes) + 7);
    return bytes;
  };

  /** The file with its one scan so many times. */
  const scans = (bytes: Buffer, count: number) => {
    const scan = bytes.subarray(sos(bytes), -2);
    return inserted(bytes, sos(bytes), Buffer.concat(Array<Buffer>(count - 1).fill(scan)));
  };

  it.each<[string, number, () => Buffer, string]>([
    ['an empty body', 400, () => Buffer.alloc(0), 'got 0 bytes, expected an image of at most 5000000 bytes'],
    ['6 MB', 413, () => Buffer.alloc(5_000_001), 'got 5000001 bytes, expected at most 5000000'],
    ['text', 400, () => Buffer.from('GIF'), 'got bytes of another kind, expected a PNG or JPEG file'],
    ['a GIF', 400, () => Buffer.from('GIF89a'), 'got GIF, expected a PNG or JPEG file'],
    ['half a PNG', 400, () => whole().subarray(0, 100), 'it ends within a chunk'],
    ['a PNG without end', 400, () => whole().subarray(0, -12), 'it ends before its end chunk'],
    ['a signature alone', 400, () => SIGNATURE, 'it ends before its end chunk'],
    ['a wrong checksum', 400, () => changed(whole(), 60, 77), 'the checksum of chunk IDAT is wrong'],
    ['no header', 400, () => png(TWO), 'it has no header'],
    ['no data', 400, () => png(grey(1, 1)), 'its data does not inflate to 2 bytes'],
    ['short data', 400, () => png(grey(9, 9), idat(line(30))), 'its data inflates to 30 bytes, expected 90'],
    ['a wrong filter', 400, () => png(grey(1, 1), idat(Buffer.of(9, 0))), 'Unsupported filter: 9'],
    ['depth 3', 400, () => png(grey(1, 1, 3), TWO), 'its header has depth 3, colour type 0'],
    ['colour type 5', 400, () => png(grey(1, 1, 8, 5), TWO), 'colour type 5, interlace method 0'],
    ['interlace 2', 400, () => png(grey(1, 1, 8, 0, 2), TWO), 'interlace method 2'],
    [
      'a palette that is too small',
      400,
      () => png(grey(1, 1, 8, 3), palette, idat(Buffer.of(0, 2))),
      'colour 2 is not in the palette',
    ],
    ['no width', 400, () => png(grey(0, 1), TWO), 'got 0 × 1 pixels, expected 1 at least'],
    ['too large', 413, () => png(grey(4097, 4096), TWO), 'got 4097 × 4096 pixels, expected at most 16777216'],
    ['huge sides', 413, () => png(grey(MOST, MOST), TWO), 'got 4294967295 × 4294967295 pixels'],
    [
      'too many bytes',
      413,
      () => png(grey(4096, 4096, 16, 6), TWO),
      'got 4096 × 4096 pixels of 64 bits, expected at most 67108864 bytes',
    ],
    [
      'data that inflates to 50 MB',
      400,
      () => png(grey(28, 28), chunk('IDAT', bomb)),
      'its data does not inflate to 812 bytes',
    ],
    [
      'a colour profile that inflates to 50 MB, which is not looked at,',
      422,
      () => png(grey(28, 28), chunk('iCCP', Buffer.concat([Buffer.from('x\0\0'), bomb])), idat(line(812))),
      'got grey levels from 0 to 0, expected ink',
    ],
    [
      'no ink',
      422,
      () => Buffer.from(encode(1, () => [200])),
      'got grey levels from 200 to 200, expected ink that differs by 24',
    ],
    ['half a JPEG', 400, () => picture().subarray(0, 700), 'expected a JPEG file: '],
    ['a JPEG that ends early', 400, () => picture().subarray(0, 20), 'it ends before its end marker'],
    ['a JPEG without markers', 400, () => Buffer.from('ffd80000', 'hex'), 'byte 2 is 0, expected a marker'],
    ['a lossless JPEG', 400, () => changed(picture(), sof(picture()) + 1, 0xc3), 'got a JPEG of kind SOF3'],
    ['a large JPEG', 413, () => sized(picture(), 65_535, 65_535), 'got 65535 × 65535 pixels, expected'],
    ['a JPEG of no height', 400, () => sized(picture(), 0, 100), 'got 100 × 0 pixels, expected 1 at least'],
    ['many JPEG scans', 413, () => scans(picture(), 101), 'got a JPEG of 101 scans, expected at most 64'],
    [
      'a large JPEG of more scans than there is time for',
      413,
      () => scans(sized(picture(), 4096, 4096), 13),
      'got a JPEG of 13 scans, expected at most 12',
    ],
    [
      'a JPEG with a second, larger frame',
      400,
      () => {
        const small = picture();
        const end = sof(small) + 2 + small.readUInt16BE(sof(small) + 2);
        const frame = Buffer.from(small.subarray(sof(small), end));
        return inserted(small, end, sized(frame, 60_000, 60_000));
      },
      'expected a JPEG file: it has a second frame',
    ],
    [
      // 255 × 15 × 15 blocks where there is one: minutes of work for a file of 200 bytes.
      'a JPEG of 255 components a scan',
      400,
      () => {
        const file = picture();
        const scan = sos(file);
        const header = Buffer.from([0xff, 0xda, 0, 0, 255, ...new Array(255).fill([1, 0]).flat(), 0, 63, 0]);
        header.writeUInt16BE(header.length - 2, 2);
        return Buffer.concat([file.subarray(0, scan), header, file.subarray(scan + 14)]);
      },
      'it has a scan of 255 components, expected some of its 3',
    ],
    [
      'a JPEG with a scan hidden in a segment that says a wrong length',
      400,
      () => inserted(picture(), sos(picture()), Buffer.from('ffdd000c0000ffda000802010100', 'hex')),
      'its segment FFDD has another length',
    ],
    [
      'a JPEG of 200 components',
      400,
      () => changed(picture(), sof(picture()) + 9, 200),
      'got 200 components, expected 1, 3 or 4',
    ],
    [
      'a JPEG of components sampled 15 × 15',
      400,
      () => changed(picture(), sof(picture()) + 11, 0xff),
      'got a component sampled 15 × 15, expected 1 to 4',
    ],
    [
      'a JPEG whose decoder stumbles',
      400,
      () => changed(picture(), sos(picture()) + 6, 0x33),
      'expected a JPEG file: its data is damaged',
    ],
  ])('%s with %i', async (_name, expected, file, says) => {
    const { status, answer } = await api.postFile(file());
    expect({ status, field: answer.field }).toEqual({ status: expected, field: 'body' });
    expect(answer.error).toContain('body: ');
    expect(answer.error).toContain(says);
    expect(answer.error.length).toBeLessThan(300);
  });

  it('other types with 415, and what is wrong in the query with 422', async () => {
    const gif = await api.postFile(whole(), 'image/gif');
    expect(gif).toMatchObject({
      status: 415,
      answer: {
        error: 'content-type: got "image/gif", expected application/json or image/png or image/jpeg',
        field: 'content-type',
      },
    });
    expect((await api.postFile(whole(), 'image/png', { explain: 'yes' })).answer).toEqual({
      error: 'explain: got "yes", expected true or false',
      field: 'explain',
    });
  });
});
