/** Size and SHA-256 of bytes that pass by. */
import { createHash } from 'node:crypto';
import { IntegrityError } from '../../core/errors.ts';
import type { Digest } from '../../core/ingest/catalogue/spec.ts';

export class Measure {
  bytes = 0;
  readonly #hash = createHash('sha256');
  readonly #isHashed: boolean;
  #sha256: string | undefined;

  /** @param isHashed false where nobody asks for the SHA-256 */
  constructor(isHashed = true) {
    this.#isHashed = isHashed;
  }

  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.bytes += chunk.length;
      if (this.#isHashed) this.#hash.update(chunk);
      yield chunk;
    }
  }

  /** Asked for when all bytes have passed. */
  get sha256(): string {
    this.#sha256 ??= this.#hash.digest('hex');
    return this.#sha256;
  }

  /** What is wrong with the bytes, once they have all passed. */
  problem({ bytes = this.bytes, sha256 }: Digest): string | undefined {
    if (this.bytes !== bytes) return `${this.bytes} bytes, expected ${bytes}`;
    if (sha256 === undefined || sha256 === this.sha256) return undefined;
    return `SHA-256 ${this.sha256}, expected ${sha256}`;
  }
}

/**
 * Passes the bytes on, and ends only when they are the expected ones.
 *
 * @param what names them in errors
 * @throws IntegrityError for another size or SHA-256
 */
export async function* checked(
  chunks: AsyncIterable<Uint8Array>,
  expected: Digest,
  what: string,
): AsyncGenerator<Uint8Array, Required<Digest>> {
  const measure = new Measure();
  yield* measure.of(chunks);
  const wrong = measure.problem(expected);
  if (wrong !== undefined) throw new IntegrityError(`${what} has ${wrong}`);
  return { bytes: measure.bytes, sha256: measure.sha256 };
}
