/** Files that stay in memory when they have been downloaded, for who makes something of them at once. */
import type { Digest } from '../../core/ingest/catalogue/spec.ts';

/** Of all files together. */
export const KEEP_BYTES = 96 * 1024 * 1024;

export interface KeptFile extends Required<Digest> {
  content: Uint8Array;
}

export class KeptFiles {
  readonly #files = new Map<string, KeptFile>();
  /** Bytes that nobody has asked for yet. */
  #room = KEEP_BYTES;

  /** The file that was downloaded here and is in the bucket with just these bytes. */
  get(name: string): KeptFile | undefined {
    return this.#files.get(name);
  }

  /**
   * Room for a file; undefined where there is none, or nobody knows how much it takes.
   *
   * @param bytes of the file
   */
  begin(name: string, bytes: number | undefined): Keeping | undefined {
    if (bytes === undefined || bytes > this.#room) return undefined;
    this.#room -= bytes;
    const content = new Uint8Array(bytes);
    return new Keeping(content, (sha256) => this.#files.set(name, { content, bytes, sha256 }));
  }
}

/** A file on its way. */
export class Keeping {
  readonly #content: Uint8Array;
  readonly #keep: (sha256: string) => void;
  #length = 0;

  constructor(content: Uint8Array, keep: (sha256: string) => void) {
    this.#content = content;
    this.#keep = keep;
  }

  /** Passes the bytes on. From the beginning each time: a mirror may have failed before. */
  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    this.#length = 0;
    for await (const chunk of source) {
      // What is too long is refused by who checks it.
      if (this.#length + chunk.length <= this.#content.length) this.#content.set(chunk, this.#length);
      this.#length += chunk.length;
      yield chunk;
    }
  }

  /** Once the file is written. @param sha256 of its bytes */
  end(sha256: string): void {
    if (this.#length === this.#content.length) this.#keep(sha256);
  }
}
