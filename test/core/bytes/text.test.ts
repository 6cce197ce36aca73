import { expect, it } from 'vitest';
import { decodeBase64 } from '../../../core/bytes/text.ts';

it.each([0, 1, 2, 3, 255, 256, 1000])('decodeBase64 gives %i bytes back', (length) => {
  const bytes = Uint8Array.from({ length }, (_, n) => (n * 151) & 0xff);
  expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
});

it('decodeBase64 refuses what is no base64', () => {
  expect(() => decodeBase64('AGFzb?==')).toThrow();
});
