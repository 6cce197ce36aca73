/** Bytes that come in pieces of any size, read in pieces of the size that is wanted. */

/** What a file's bytes may come from. */
export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  /** Bytes read so far. */
  offset = 0;

  constructor(chunks: ByteChunks) {
    this.#chunks =
      Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  }

  /** Up to `count` bytes, at least one: a view that the source may reuse; undefined at the end. */
  async some(count: number): Promise<Uint8Array | undefined> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#chunk = next.value;
    }
    const taken = this.#chunk.subarray(0, count);
    this.#chunk = this.#chunk.subarray(taken.length);
    this.offset += taken.length;
    return taken;
  }

  /** Tells the source that nothing more will be read, so that it can let go of what it holds. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** The next bytes, copied into `target`. @returns how many, fewer than it has room for only at the end */
  async fill(target: Uint8Array): Promise<number> {
    let length = 0;
    while (length < target.length) {
      const part = await this.some(target.length - length);
      if (part === undefined) break;
      target.set(part, length);
      length += part.length;
    }
    return length;
  }
}
