/**
 * Immutable byte strings in chunks of 1 MiB: an upload or download holds one chunk in memory, whatever its size.
 *
 * Chunks are written as they come, each in a transaction of its own, under a number that nothing refers to yet; the
 * change that makes them visible is the caller's transaction. What a killed process left unreferenced is collected
 * at the next opening.
 */
import type { StatementSync } from 'node:sqlite';
import type { Database } from '../database.ts';
import type { Sliced } from './background.ts';
import { Vacuum } from './vacuum.ts';

const CHUNK_BYTES = 2 ** 20;
/** What is smaller is put together at the end, as most objects are. */
const COPY_BYTES = 128 * 1024;
/** Chunks that are removed in one go. */
const SLICE_CHUNKS = 4;

/** A stored byte string: its blob's number and its bytes. */
export type Piece = readonly [blob: number, size: number];
/** An object's bytes: one piece, or one per part of a multipart upload; none when empty. */
export type Content = readonly Piece[];

export class Blobs {
  readonly #insert;
  readonly #select;
  readonly #delete;
  readonly #count;
  readonly #vacuum: Vacuum;
  readonly #schedule: (work: Sliced) => void;
  #next: number;
  /** Readers by blob, and the blobs to delete when the last reader leaves. */
  readonly #pins = new Map<number, number>();
  readonly #doomed = new Set<number>();

  /** @param schedule takes the work of removing bytes, which may be many */
  constructor({ sql }: Database, schedule: (work: Sliced) => void) {
    this.#schedule = schedule;
    const orphans = sql.prepare(`SELECT DISTINCT blob FROM chunk WHERE blob NOT IN (
      SELECT json_extract(piece.value, '$[0]') FROM object, json_each(object.content) AS piece
      UNION SELECT json_extract(piece.value, '$[0]') FROM version, json_each(version.content) AS piece
      UNION SELECT json_extract(piece.value, '$[0]') FROM part, json_each(part.content) AS piece)`);
    this.#next = Number(sql.prepare('SELECT coalesce(max(blob), 0) AS last FROM chunk').get()?.last) + 1;
    this.#insert = sql.prepare('INSERT INTO chunk (blob, position, bytes) VALUES (?, ?, ?)');
    this.#select = sql.prepare('SELECT bytes FROM chunk WHERE blob = ? AND position = ?');
    this.#delete = sql.prepare(
      'DELETE FROM chunk WHERE rowid IN (SELECT rowid FROM chunk WHERE blob = ? LIMIT ?)',
    );
    this.#count = sql.prepare('SELECT count(*) AS count FROM chunk');
    this.#vacuum = new Vacuum(sql);
    const left = orphans.all().map(({ blob }) => Number(blob));
    if (left.length > 0) schedule(this.#erase(left));
  }

  /** How many there are, visible or not. */
  get chunks(): number {
    return Number(this.#count.get()?.count);
  }

  stage(): StagedBlob {
    const blob = this.#next++;
    return new StagedBlob(blob, this.#insert, () => this.#schedule(this.#erase([blob])));
  }

  /** Bytes [start, end) in chunks. Pin the content for as long as this is read. */
  *read(content: Content, start: number, end: number): Generator<Uint8Array> {
    let offset = 0;
    for (const [blob, size] of content) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, size);
      for (let at = from; at < to; ) {
        const position = Math.floor(at / CHUNK_BYTES);
        const first = position * CHUNK_BYTES;
        const bytes = this.#select.get(blob, position)?.bytes;
        if (!(bytes instanceof Uint8Array)) throw new Error(`chunk ${position} of blob ${blob} is missing`);
        yield bytes.subarray(at - first, to - first);
        at = first + bytes.length;
      }
      offset += size;
    }
  }

  /** Keeps the content readable though its object be replaced, until the returned function is called. */
  pin(content: Content): () => void {
    for (const [blob] of content) this.#pins.set(blob, (this.#pins.get(blob) ?? 0) + 1);
    return () => {
      for (const [blob] of content) {
        const left = this.#pins.get(blob)! - 1;
        if (left > 0) this.#pins.set(blob, left);
        else {
          this.#pins.delete(blob);
          if (this.#doomed.delete(blob)) this.#schedule(this.#erase([blob]));
        }
      }
    };
  }

  /** Frees content that nothing refers to any more: call it after the commit, or a rollback would lose bytes. */
  remove(content: Content): void {
    const free: number[] = [];
    for (const [blob] of content) {
      if (this.#pins.has(blob)) this.#doomed.add(blob);
      else free.push(blob);
    }
    if (free.length > 0) this.#schedule(this.#erase(free));
  }

  /** A killed process leaves the rest to the next one: nothing refers to these bytes any more. */
  *#erase(blobs: readonly number[]): Sliced {
    for (const blob of blobs) {
      let chunks: number;
      do {
        chunks = Number(this.#delete.run(blob, SLICE_CHUNKS).changes);
        yield;
      } while (chunks === SLICE_CHUNKS);
    }
    yield* this.#vacuum.run();
  }
}

/** A blob being written. */
export class StagedBlob {
  readonly #blob: number;
  readonly #insert: StatementSync;
  readonly #remove: () => void;
  /** What is left of the bytes before a chunk is full; copied into `#chunk` once they are many. */
  #tail: Uint8Array[] = [];
  #tailBytes = 0;
  /** One for all chunks: SQLite takes a copy. */
  #chunk: Buffer | undefined;
  #copied = 0;
  #chunks = 0;
  #size = 0;

  constructor(blob: number, insert: StatementSync, remove: () => void) {
    this.#blob = blob;
    this.#insert = insert;
    this.#remove = remove;
  }

  /** Keeps a reference to `bytes` until there are enough to copy. */
  write(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) {
      const taken = rest.subarray(0, CHUNK_BYTES - this.#tailBytes);
      this.#tail.push(taken);
      this.#tailBytes += taken.length;
      if (this.#tailBytes >= COPY_BYTES) this.#copy();
      if (this.#tailBytes === CHUNK_BYTES) this.#writeChunk();
      rest = rest.subarray(taken.length);
    }
    this.#size += bytes.length;
  }

  /** Writes the last chunk, inside the caller's transaction, so that a small object costs one. */
  finish(): Content {
    if (this.#tailBytes > 0) this.#writeChunk();
    return this.#size === 0 ? [] : [[this.#blob, this.#size]];
  }

  /** Undoes everything written. */
  discard(): void {
    if (this.#chunks > 0) this.#remove();
  }

  #writeChunk(): void {
    const bytes =
      this.#chunk === undefined ? Buffer.concat(this.#tail) : this.#copy().subarray(0, this.#tailBytes);
    this.#insert.run(this.#blob, this.#chunks++, bytes);
    this.#tail = [];
    this.#tailBytes = 0;
    this.#copied = 0;
  }

  /** Gives the pieces back to whom they belong: those of a connection are many, and garbage that is large. */
  #copy(): Buffer {
    this.#chunk ??= Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (const piece of this.#tail) {
      this.#chunk.set(piece, this.#copied);
      this.#copied += piece.length;
    }
    this.#tail = [];
    return this.#chunk;
  }
}
