/** Image files posted to the predict function: a prediction, or a 4xx that says what is wrong with the file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { encode as encodePng } from 'fast-png';
import { encode as encodeJpeg } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { sizeOfImage } from '../../functions/images/decode-image.ts';
import { ImageError } from '../../functions/images/image-error.ts';
import { decodeJpeg } from '../../functions/images/jpeg.ts';
import { decodePng } from '../../functions/images/png.ts';
import { httpEvent } from '../functions/support/http-event.ts';
import { ALLOWED, digitApi } from './support/digit-api.ts';
import { expectClear, expectReadable, fuzz } from './support/fuzz.ts';
import { rearranged } from './support/jpeg-pieces.ts';
import { mutated } from './support/mutate.ts';

const call = digitApi();
const size = (bytes: Uint8Array) => bytes.length;
/** A stroke on white. */
const level = (x: number, y: number) => (Math.abs(x - 10) < 2 && y > 2 && y < 17 ? 20 : 255);
const SIDE = 20;
const pixels = (channels: number) =>
  Uint8Array.from({ length: SIDE * SIDE * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return channels % 2 === 0 && i % channels === channels - 1
      ? 255
      : level(pixel % SIDE, Math.floor(pixel / SIDE));
  });

async function post(bytes: Uint8Array, type: string): Promise<{ status: number; error: string }> {
  const event = httpEvent('POST', '/predict', {
    body: Buffer.from(bytes).toString('base64'),
    isBase64Encoded: true,
    headers: { 'content-type': type },
  });
  const { statusCode, body } = await call(event);
  const answer = JSON.parse(body!);
  expect(ALLOWED).toContain(statusCode);
  checkHeader(bytes, statusCode === 200);
  if (statusCode === 200) {
    const { probabilities } = answer as { probabilities: number[] };
    expect(probabilities).toHaveLength(10);
    expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  } else expectReadable(answer.error);
  return { status: statusCode!, error: answer.error };
}

/** A file that can be decoded has a size, which is told without decoding; any other one is refused or has one, too. */
function checkHeader(bytes: Uint8Array, isDecoded: boolean): void {
  try {
    const { width, height } = sizeOfImage(bytes);
    expect(width * height).toBeGreaterThan(0);
  } catch (error) {
    expect(error).toBeInstanceOf(ImageError);
    expect(isDecoded).toBe(false);
  }
}

describe('PNG', () => {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const whole = Buffer.concat([Buffer.alloc(4), Buffer.from(type, 'latin1'), data, Buffer.alloc(4)]);
    whole.writeUInt32BE(data.length);
    whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4);
    return whole;
  };
  /** Chunks, whose checksums are made right again after they were changed. */
  const chunksOf = (file: Uint8Array): [string, Uint8Array][] => {
    const view = Buffer.from(file);
    const chunks: [string, Uint8Array][] = [];
    for (let at = 8; at + 12 <= file.length; ) {
      const length = view.readUInt32BE(at);
      chunks.push([view.toString('latin1', at + 4, at + 8), view.subarray(at + 8, at + 8 + length)]);
      at += 12 + length;
    }
    return chunks;
  };
  const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
  const FILES = [
    ...[1, 2, 3, 4].map((channels) =>
      encodePng({ width: SIDE, height: SIDE, depth: 8, channels, data: pixels(channels) }),
    ),
    encodePng({
      width: SIDE,
      height: SIDE,
      depth: 16,
      channels: 1,
      data: Uint16Array.from(pixels(1), (v) => v * 257),
    }),
    encodePng({ width: SIDE, height: SIDE, depth: 8, channels: 3, data: pixels(3) }, { interlace: 'Adam7' }),
  ];
  const BOMB = deflateSync(Buffer.alloc(1 << 25));
  const depths = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(1, 2, 4, 8, 16) }, fc.nat(255));
  const sides = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 30 }) },
    fc.constantFrom(0, 4096, 4097, 65_535, 0x7fff_ffff, 0xffff_ffff),
  );
  /** A file whose header, palette and data fit together, mostly. */
  const written = fc
    .record({
      width: sides,
      height: sides,
      depth: depths,
      colour: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 2, 3, 4, 6) }, fc.nat(255)),
      methods: fc.tuple(
        fc.constantFrom(0, 0, 0, 0, 0, 1, 255),
        fc.constantFrom(0, 0, 0, 0, 0, 1, 255),
        fc.constantFrom(0, 0, 0, 1, 2),
      ),
      palette: fc.option(fc.uint8Array({ maxLength: 800 })),
      transparency: fc.option(fc.uint8Array({ maxLength: 20 })),
      filter: fc.constantFrom(0, 0, 1, 2, 3, 4, 5, 255),
      values: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      surplus: fc.constantFrom(0, 0, 0, 0, 1, -1, 1000),
      parts: fc.integer({ min: 1, max: 4 }),
      tail: fc.constantFrom<'' | 'x' | 'bomb' | 'again'>('', '', '', '', 'x', 'bomb', 'again'),
      other: fc.constantFrom('', '', '', 'IHDR', 'IDAT', 'tEXt', 'iCCP', 'PLTE'),
    })
    .map(({ width, height, depth, colour, methods, palette, transparency, filter, values, ...rest }) => {
      const header = Buffer.alloc(13);
      header.writeUInt32BE(width);
      header.writeUInt32BE(height, 4);
      header.set([depth, colour, ...methods], 8);
      const samples = [1, 1, 3, 1, 2, 1, 4][colour] ?? 1;
      const row = 1 + Math.ceil((width * samples * depth) / 8);
      const length = row * height > 100_000 ? 100 : Math.max(0, row * height + rest.surplus);
      const lines = Uint8Array.from({ length }, (_, i) =>
        i % row === 0 ? filter : values[i % values.length]!,
      );
      const data = deflateSync(lines);
      const tail = { '': Buffer.alloc(0), x: Buffer.from('x'), bomb: BOMB, again: data }[rest.tail];
      const whole = Buffer.concat([data, tail]);
      const step = Math.ceil(whole.length / rest.parts);
      const idats = Array.from({ length: rest.parts }, (_, n) =>
        chunk('IDAT', whole.subarray(n * step, (n + 1) * step)),
      );
      return Uint8Array.from(
        Buffer.concat([
          SIGNATURE,
          chunk('IHDR', header),
          ...(palette === null && colour !== 3 ? [] : [chunk('PLTE', palette ?? Buffer.alloc(768, 7))]),
          ...(transparency === null ? [] : [chunk('tRNS', transparency)]),
          ...(rest.other === '' ? [] : [chunk(rest.other, rest.other === 'iCCP' ? BOMB : header)]),
          ...idats,
          chunk('IEND', Buffer.alloc(0)),
        ]),
      );
    });
  const repaired = mutated(FILES).map((file) =>
    Uint8Array.from(
      Buffer.concat([
        SIGNATURE,
        ...chunksOf(file).map(([type, data]) => chunk(type, data)),
        chunk('IEND', Buffer.alloc(0)),
      ]),
    ),
  );

  it('is predicted or refused', async () => {
    const inputs = fc.oneof(
      { weight: 3, arbitrary: written },
      { weight: 2, arbitrary: repaired },
      mutated(FILES),
    );
    const check = async (bytes: Uint8Array): Promise<boolean> => {
      const { status, error } = await post(bytes, 'image/png');
      return status !== 400 || /inflate|filter|palette|tRNS|grey levels|damaged/i.test(error);
    };
    // Of images, which an answer may hold in memory several times, and of the bomb that is skipped.
    await fuzz('PNG through predict', inputs, check, {
      short: 200,
      deep: 0.2,
      size,
      growth: 300,
      constant: 160 << 20,
    });
  });

  it('has the pixels that were written', async () => {
    const picture = fc
      .record({
        width: fc.integer({ min: 1, max: 12 }),
        height: fc.integer({ min: 1, max: 12 }),
        channels: fc.integer({ min: 1, max: 4 }),
        values: fc.uint8Array({ minLength: 1, maxLength: 30 }),
        interlace: fc.constantFrom(undefined, 'Adam7' as const),
      })
      .map(({ width, height, channels, values, interlace }) => {
        const length = width * height * channels;
        const data = Uint8Array.from({ length }, (_, i) => values[i % values.length]!);
        return { image: { width, height, channels, depth: 8 as const, data }, interlace };
      });
    await fuzz(
      'PNG, written and read',
      picture,
      ({ image, interlace }) => {
        const { width, height, channels, data } = decodePng(
          encodePng(image, interlace ? { interlace } : {}),
          1000,
        );
        expect({ width, height, channels }).toEqual({
          width: image.width,
          height: image.height,
          channels: image.channels,
        });
        expect(Buffer.from(data).equals(image.data)).toBe(true);
        return true;
      },
      { short: 200, deep: 0.9, constant: 100 << 20 },
    );
  });
});

describe('JPEG', () => {
  const FOLDER = join(import.meta.dirname, '../fixtures/images');
  const FILES = [
    ...readdirSync(FOLDER)
      .filter((name) => name.endsWith('.jpg'))
      .map((name) => readFileSync(join(FOLDER, name))),
    Buffer.from(encodeJpeg({ width: SIDE, height: SIDE, data: pixels(4) }, 50).data),
  ];

  it.each(FILES.map((file, index) => [index, file] as const))('number %i is read', (_, file) => {
    const { width, height, data } = decodeJpeg(file, 1000);
    expect([width, height, data.length]).toEqual([SIDE, SIDE, SIDE * SIDE * 3]);
    expect(Math.max(...data) - Math.min(...data)).toBeGreaterThan(200);
  });

  const inputs = fc.oneof({ weight: 3, arbitrary: rearranged(FILES) }, mutated(FILES));
  const isDeep = (error: string) => !/marker|ends|frame|length|segment|components|sampled/.test(error);

  it('is predicted or refused', async () => {
    const check = async (bytes: Uint8Array): Promise<boolean> => {
      const { status, error } = await post(bytes, 'image/jpeg');
      return status === 200 || isDeep(error);
    };
    await fuzz('JPEG through predict', inputs, check, {
      short: 200,
      deep: 0.2,
      size,
      growth: 3000,
      constant: 700 << 20,
    });
  });

  it('is decoded or refused', async () => {
    const check = (bytes: Uint8Array): boolean => {
      try {
        const { width, height, channels, data } = decodeJpeg(bytes, 10_000);
        expect(data.length).toBe(width * height * channels);
        return true;
      } catch (error) {
        expectClear(error, ['ImageError']);
        return isDeep((error as Error).message);
      }
    };
    await fuzz('JPEG of up to 10,000 pixels', inputs, check, { short: 300, deep: 0.2, size, growth: 300 });
  });
});
