/** Undoes how a body was compressed for its way, though no compression was asked for. */
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  br: createBrotliDecompress,
};

/**
 * @param encodings value of the header Content-Encoding (RFC 9110, section 8.4): the last was applied last
 * @throws Error for an encoding that it doesn't know; zlib's for a broken body
 */
export function decodeContent(
  body: AsyncIterable<Uint8Array>,
  encodings: string | undefined,
): AsyncIterable<Uint8Array> {
  const names = (encodings ?? '').split(',').map((name) => name.trim().toLowerCase());
  return names
    .filter((name) => name !== '' && name !== 'identity')
    .reduceRight((encoded, name) => {
      const decoder = DECODERS[name];
      if (decoder === undefined) throw new Error(`content-encoding ${name}, expected gzip, br or none`);
      // The callback has nothing to do: an error is also the stream's, and thrown to whoever reads it.
      return pipeline(encoded, decoder(), () => {});
    }, body);
}
