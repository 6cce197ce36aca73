/**
 * Text beyond ASCII in headers, as S3 reads and writes metadata (Amazon S3 User Guide, "User-defined object metadata"):
 * encoded words of RFC 2047 are read, and what is no ASCII is written as one, whatever its length.
 */

const WORD = /=\?([\w-]+)\?([BbQq])\?([^?\s]*)\?=/g;
/** White space between two encoded words is none of the text (RFC 2047 section 6.2). */
const BETWEEN = /(?<=\?=)\s+(?==\?)/g;
const CHARSETS = ['utf-8', 'us-ascii', 'iso-8859-1'];

/** Text with its encoded words read; a word of another character set, or broken, stays as it is. */
export function decodeWords(value: string): string {
  return value.replace(BETWEEN, '').replace(WORD, (word, charset: string, encoding: string, text: string) => {
    if (!CHARSETS.includes(charset.toLowerCase())) return word;
    const bytes = encoding.toUpperCase() === 'B' ? Buffer.from(text, 'base64') : fromQ(text);
    try {
      return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return word;
    }
  });
}

/** Printable text with `=XX` where a byte is not itself, anything else in base64. That is what S3 was seen to do. */
export function encodeWord(text: string): string {
  if (/^[\t\x20-\x7e]*$/.test(text)) return text;
  const bytes = Buffer.from(text);
  if (/\p{C}/u.test(text)) return `=?UTF-8?B?${bytes.toString('base64')}?=`;
  return `=?UTF-8?Q?${toQ(bytes)}?=`;
}

/** Bytes that stand for others in the Q encoding, or for nothing printable. */
const NOT_ITSELF = /[^\x21-\x7e]|[=_]/g;

const toQ = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .replace(NOT_ITSELF, (byte) => (byte === ' ' ? '_' : `=${hex(byte.charCodeAt(0))}`));

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');

const fromQ = (text: string): Buffer =>
  Buffer.from(
    text
      .replaceAll('_', ' ')
      .replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  );
