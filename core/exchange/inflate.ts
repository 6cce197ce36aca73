/**
 * Decompresses raw DEFLATE (RFC 1951) by the platform's own DecompressionStream, which browsers and Node share.
 * Declared here because core's types know neither.
 */
import { IntegrityError } from '../errors.ts';

interface Platform {
  DecompressionStream: new (
    format: 'deflate-raw',
  ) => {
    writable: { getWriter(): { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> } };
    readable: {
      getReader(): {
        read(): Promise<{ done: boolean; value?: Uint8Array }>;
        cancel(): Promise<void>;
      };
    };
  };
}
const { DecompressionStream } = globalThis as unknown as Platform;

/** Bytes that one byte can become: of two bits, one is a length of 258, the other its distance. */
const MAX_RATIO = 1032;

/**
 * @param size bytes that must come out; no more than this and one chunk of the platform's are ever held
 * @param what names the data in errors
 * @throws IntegrityError when the data is damaged, is cut off, has something after its end or has another size
 */
export async function inflateRaw(compressed: Uint8Array, size: number, what: string): Promise<Uint8Array> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new IntegrityError(`${what}: ${problem}`, { cause });
  };
  // Before the memory for it is taken.
  if (size > compressed.length * MAX_RATIO) {
    fail(`it declares ${size} bytes, more than ${compressed.length} compressed ones can become`);
  }
  const { writable, readable } = new DecompressionStream('deflate-raw');
  const writer = writable.getWriter();
  // What goes wrong here goes wrong for the reader, too: it is reported there, and must not be unhandled here.
  const fed = writer
    .write(compressed)
    .then(() => writer.close())
    .then(
      () => undefined,
      (error: unknown) => error ?? new Error('the stream broke off'),
    );
  const reader = readable.getReader();
  const result = new Uint8Array(size);
  let length = 0;
  for (;;) {
    const { done, value } = await reader
      .read()
      .catch((error: Error) => fail(`its compressed data is damaged: ${error.message}`, error));
    if (done) break;
    if (length + value!.length > size) {
      // A stream that has gone wrong in the meantime refuses to be cancelled, too.
      const cause = await reader.cancel().catch((error: unknown) => error);
      fail(`more than the ${size} bytes that it declares`, cause);
    }
    result.set(value!, length);
    length += value!.length;
  }
  const problem = await fed;
  if (problem !== undefined) fail(`its compressed data is damaged: ${(problem as Error).message}`, problem);
  if (length !== size) fail(`${length} bytes, it declares ${size}`);
  return result;
}
