/** What a file's header says of it is what it is decoded to. */
import { describe, expect, it } from 'vitest';
import { decodeImage, sizeOfImage } from '../../../functions/images/decode-image.ts';
import { drawShape, pngOf } from '../../../scripts/lab/generate/shape-pictures.ts';
import { jpegOf } from '../../support/jpeg.ts';

const picture = drawShape('ring', 1, 1, { width: 23, height: 14 });

/** A JPEG file that says how it is to be turned. */
function turnedJpeg(orientation: number): Uint8Array {
  const exif = Buffer.from(`45786966000049492a000800000001001201030001000000${'0'.repeat(8)}`, 'hex');
  exif.writeUInt16LE(orientation, 24);
  const head = Buffer.from('ffe10000', 'hex');
  head.writeUInt16BE(2 + exif.length, 2);
  const file = jpegOf(picture);
  return Buffer.concat([file.subarray(0, 2), head, exif, file.subarray(2)]);
}

describe('the size of a file', () => {
  it.each<[string, Uint8Array]>([
    ['PNG', pngOf(picture)],
    ['JPEG', jpegOf(picture)],
    ...[1, 3, 5, 6, 8].map((turn): [string, Uint8Array] => [`JPEG of orientation ${turn}`, turnedJpeg(turn)]),
  ])('%s is that of its picture', (what, file) => {
    const { width, height } = decodeImage(file);
    expect(sizeOfImage(file)).toEqual({ width, height });
    expect([width, height]).toEqual(/[568]$/.test(what) ? [14, 23] : [23, 14]);
  });

  it.each<[Uint8Array, string]>([
    [Buffer.from('GIF89a'), 'got GIF, expected a PNG or JPEG file'],
    [pngOf(picture).subarray(0, 60), 'expected a PNG file: it ends within a chunk'],
    [jpegOf(picture).subarray(0, 100), 'expected a JPEG file: it ends within the segment'],
  ])('is refused as the picture is', (file, message) => {
    expect(() => sizeOfImage(file)).toThrow(message);
    expect(() => decodeImage(file)).toThrow(message);
  });

  it('is refused where it is too large', () => {
    expect(() => sizeOfImage(pngOf(picture), 321)).toThrow('got 23 × 14 pixels, expected at most 321');
  });
});
