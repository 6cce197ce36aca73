/** Undoes how a body was compressed for its way, though no compression was asked for. */
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';

const DECODERS: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['br', createBrotliDecompress],
]);
/** A header could name thousands, each of which would be a decoder with buffers of its own. */
const MAX_ENCODINGS = 3;
const MAX_SHOWN = 80;

/**
 * @param encodings value of the header Content-Encoding (RFC 9110, section 8.4): the last was applied last
 * @throws Error for an encoding that it doesn't know, or too many; zlib's for a broken body
 */
export function decodeContent(
  body: AsyncIterable<Uint8Array>,
  encodings: string | undefined,
): AsyncIterable<Uint8Array> {
  const names = (encodings ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > MAX_ENCODINGS) {
    throw new Error(`content-encoding: got ${names.length} of them, expected at most ${MAX_ENCODINGS}`);
  }
  return names.reduceRight((encoded, name) => {
    const decoder = DECODERS.get(name);
    if (decoder === undefined) {
      throw new Error(`content-encoding ${name.slice(0, MAX_SHOWN)}, expected gzip, br or none`);
    }
    // The callback has nothing to do: an error is also the stream's, and thrown to whoever reads it.
    return pipeline(encoded, decoder(), () => {});
  }, body);
}
