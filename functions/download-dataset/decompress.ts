/** Gunzips what is gzip, whatever headers and names claim, and passes on what is not. */
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** RFC 1952, section 2.3.1. */
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/** @throws Error of the source, or zlib's for gzip that is broken or cut off */
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
    yield* pipeline(whole, createGunzip(), () => {});
  } else {
    yield* whole();
  }
}
