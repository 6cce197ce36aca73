/** Undoes compression: of the file itself, and of its way here. */
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';

/** What is unpacked at a time: each chunk goes through several streams, and zlib's own are 16 KiB. */
const CHUNK_BYTES = 256 * 1024;

/** RFC 1952, section 2.3.1. */
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * Gunzips what is gzip, whatever headers and names claim, and passes on what is not.
 *
 * @throws Error of the source, or zlib's for gzip that is broken or cut off
 */
export async function* decompress(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < GZIP_MAGIC.length) {
    const next = await source.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const whole = async function* () {
    yield head;
    yield* source;
  };
  if (GZIP_MAGIC.every((byte, index) => head[index] === byte)) {
    // The callback has nothing to do: an error is also the stream's, and thrown to whoever reads it.
    yield* pipeline(whole, createGunzip({ chunkSize: CHUNK_BYTES }), () => {});
  } else {
    yield* whole();
  }
}

const DECODERS: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['br', createBrotliDecompress],
]);
/** A header could name thousands, each of which would be a decoder with buffers of its own. */
const MAX_ENCODINGS = 3;
const MAX_SHOWN = 80;

/**
 * Undoes how a body was compressed for its way, though no compression was asked for.
 *
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
