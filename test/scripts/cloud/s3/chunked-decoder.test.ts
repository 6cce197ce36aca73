import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkedDecoder } from '../../../../scripts/cloud/s3/chunked-decoder.ts';

/** Decodes what comes in the given pieces. */
function decode(pieces: Uint8Array[]): { payload: string; trailers: Record<string, string> } {
  const decoder = new ChunkedDecoder();
  const payload: Uint8Array[] = [];
  for (const piece of pieces) payload.push(...decoder.push(piece));
  decoder.end();
  return {
    payload: Buffer.concat(payload).toString('latin1'),
    trailers: Object.fromEntries(decoder.trailers),
  };
}

describe('the aws-chunked decoder', () => {
  it('decodes alike however the bytes are split', () => {
    const encoded = Buffer.from(
      '5;chunk-signature=ab\r\nhel\r\n\r\n1\r\n0\r\n0\r\nX-Amz-Checksum-CRC32: NhCmhg== \r\nb:\r\n\r\n',
    );
    for (let first = 0; first <= encoded.length; first++) {
      for (let second = first; second <= encoded.length; second++) {
        const pieces = [
          encoded.subarray(0, first),
          encoded.subarray(first, second),
          encoded.subarray(second),
        ];
        expect(decode(pieces)).toEqual({
          payload: 'hel\r\n0',
          trailers: { 'x-amz-checksum-crc32': 'NhCmhg==', b: '' },
        });
      }
    }
  });

  it('takes back what was framed, for any chunks and any split', () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 });
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 50 }), (payload, step) => {
        const framed = payload.flatMap((chunk) => [
          Buffer.from(`${chunk.length.toString(16)}\r\n`),
          chunk,
          Buffer.from('\r\n'),
        ]);
        const bytes = Buffer.concat([...framed, Buffer.from('0\r\n\r\n')]);
        const pieces = Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) =>
          bytes.subarray(i * step, (i + 1) * step),
        );
        expect(decode(pieces).payload).toBe(Buffer.concat(payload).toString('latin1'));
      }),
    );
  });

  it('notices every truncation', () => {
    const encoded = Buffer.from('3\r\nabc\r\n0\r\na:b\r\n\r\n');
    for (let length = 0; length < encoded.length; length++) {
      expect(() => decode([encoded.subarray(0, length)])).toThrow('aws-chunked request body is broken');
    }
  });

  it.each([
    ['\r\n', 'no hexadecimal size'],
    ['-1\r\n', 'no hexadecimal size'],
    ['1fffffffffffff\r\n', 'no hexadecimal size'],
    ['3\nabc', 'does not end in CRLF'],
    ['3\r\nabcd\r\n', 'longer than its size'],
    ['0\r\n\r\nx', 'follow the last chunk'],
    ['0'.repeat(5000), 'exceeds 4096 bytes'],
    ['0\r\n:b\r\n', 'no name'],
  ])('refuses %j', (encoded, message) => {
    expect(() => decode([Buffer.from(encoded)])).toThrow(message);
  });
});
