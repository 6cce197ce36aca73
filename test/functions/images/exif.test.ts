/** Pictures are turned as their Exif data says. */
import { decode, encode } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { orientationOf, upright } from '../../../functions/images/exif.ts';
import { decodeJpeg } from '../../../functions/images/jpeg.ts';

/** TIFF structure with one entry before the orientation. */
function exif(orientation: number, isLittle: boolean, type = 3): Uint8Array {
  const bytes = new Uint8Array(8 + 2 + 2 * 12);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isLittle ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, 8, isLittle);
  view.setUint16(8, 2, isLittle);
  view.setUint16(10, 0x010f, isLittle);
  view.setUint16(22, 0x0112, isLittle);
  view.setUint16(24, type, isLittle);
  view.setUint32(26, 1, isLittle);
  view.setUint16(30, orientation, isLittle);
  return bytes;
}

describe('the orientation', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i is read in both byte orders', (orientation) => {
    expect(orientationOf(exif(orientation, true))).toBe(orientation);
    expect(orientationOf(exif(orientation, false))).toBe(orientation);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['another byte order', Uint8Array.from(exif(6, true).with(0, 1))],
    ['a value beyond the table', exif(9, true)],
    ['zero', exif(0, false)],
    ['another type', exif(6, true, 4)],
    ['half of it', exif(6, true).subarray(0, 25)],
    ['a directory beyond the end', Uint8Array.from(exif(6, true).with(4, 255))],
  ])('is upright for %s', (_name, bytes) => {
    expect(orientationOf(bytes)).toBe(1);
  });
});

describe('a picture', () => {
  // 3 × 2, stored so that turning it as the number says gives rows abc, def.
  const WANTED = 'abcdef';
  const STORED: Record<number, [width: number, pixels: string]> = {
    1: [3, 'abcdef'],
    2: [3, 'cbafed'],
    3: [3, 'fedcba'],
    4: [3, 'defabc'],
    5: [2, 'adbecf'],
    6: [2, 'cfbead'],
    7: [2, 'fcebda'],
    8: [2, 'daebfc'],
  };

  it.each(Object.entries(STORED))('of orientation %s is turned', (orientation, [width, pixels]) => {
    const data = Uint8Array.from(Buffer.from(pixels));
    const turned = upright({ width, height: 6 / width, channels: 1, data }, Number(orientation));
    expect(turned).toMatchObject({ width: 3, height: 2 });
    expect(Buffer.from(turned.data).toString()).toBe(WANTED);
  });

  it('keeps its colours together', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const turned = upright({ width: 1, height: 2, channels: 3, data }, 6);
    expect(turned).toEqual({ width: 2, height: 1, channels: 3, data: Uint8Array.of(4, 5, 6, 1, 2, 3) });
  });
});

describe('a JPEG file', () => {
  const [width, height] = [48, 32];
  const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 7) & 255);
  const plain = encode({ width, height, data: rgba }, 90).data;
  /** The file with an Exif segment behind its first marker. */
  function withExif(orientation: number): Uint8Array {
    const data = Buffer.concat([Buffer.from('Exif\0\0'), exif(orientation, true)]);
    const head = Buffer.of(0xff, 0xe1, (data.length + 2) >> 8, (data.length + 2) & 255);
    return Buffer.concat([plain.subarray(0, 2), head, data, plain.subarray(2)]);
  }
  const pixels = decode(plain, { useTArray: true, formatAsRGBA: false }).data;

  it('is turned as it says', () => {
    const stored = { width, height, channels: 3 as const, data: pixels };
    for (const orientation of [1, 3, 6, 8]) {
      expect(decodeJpeg(withExif(orientation), 1e6)).toEqual(upright(stored, orientation));
    }
    expect(decodeJpeg(withExif(6), 1e6)).toMatchObject({ width: height, height: width });
  });

  it('without Exif data stays as it is', () => {
    expect(decodeJpeg(plain, 1e6)).toEqual({ width, height, channels: 3, data: pixels });
  });
});
