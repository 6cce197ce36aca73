import { describe, expect, it } from 'vitest';
import { decodeWords, encodeWord } from '../../../../scripts/cloud/s3/rfc2047.ts';
import { useServer } from './support/use-server.ts';

const server = useServer();

describe('encoded words', () => {
  it.each([
    ['=?UTF-8?Q?a_b=3D=C3=A9?=', 'a b=é'],
    ['=?utf-8?b?w6k=?=', 'é'],
    ['=?ISO-8859-1?Q?=E9?=', 'é'],
    ['before =?UTF-8?Q?=C3=A9?=  =?UTF-8?Q?=C3=A8?= behind', 'before éè behind'],
  ])('%s is read', (word, text) => {
    expect(decodeWords(word)).toBe(text);
  });

  it.each(['=?UTF-8?Q?=FF?=', '=?KOI8-R?Q?=C1?=', '=?UTF-8?X?a?=', '=?UTF-8?Q?a'])(
    '%s stays as it is',
    (word) => {
      expect(decodeWords(word)).toBe(word);
      expect(encodeWord(word)).toBe(word);
    },
  );

  it.each([
    ['plain = text_', 'plain = text_'],
    ['日本 =_', '=?UTF-8?Q?=E6=97=A5=E6=9C=AC_=3D=5F?='],
    ['a\r\nx-evil: 1', '=?UTF-8?B?YQ0KeC1ldmlsOiAx?='],
  ])('%j is written as %s', (text, written) => {
    expect(encodeWord(text)).toBe(written);
    expect(decodeWords(written)).toBe(text);
  });

  it('are what the example of the User Guide shows, where UTF-8 was sent as it is', async () => {
    const sent = Buffer.from('ÄMÄZÕÑ S3').toString('latin1');
    await server.send('PUT', '/bucket/key', { headers: { 'x-amz-meta-nonascii': sent } });
    const { headers } = await server.send('HEAD', '/bucket/key');
    expect(headers['x-amz-meta-nonascii']).toBe('=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?=');
  });
});
