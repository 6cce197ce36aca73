/** What the steps need of S3, with the rules that keep it consistent (docs/architecture.md, "How state is kept"). */

export interface StoredObject {
  body: Uint8Array;
  etag: string;
}

/** A part of an object; all of it without both. */
export interface ByteRange {
  start?: number;
  end?: number;
}

/** Which part of a listing is wanted; all of it without both. */
export interface ListRange {
  /** Keys that come after this one. */
  after?: string;
  /** How many keys at most: a page of S3's has a thousand. */
  most?: number;
}

export interface ObjectStore {
  /** undefined when there is no such object. */
  get(key: string): Promise<StoredObject | undefined>;

  /** 'unchanged' when the object still has this ETag; undefined when there is none. */
  getIfChanged(key: string, etag: string): Promise<StoredObject | 'unchanged' | undefined>;

  /**
   * The object's bytes from `start` up to but not including `end`, in pieces that are asked for one after the other, each
   * again when it fails. All are of one version: one that is replaced meanwhile is an error.
   *
   * @throws NotFoundError when there is no such object; ConflictError when it is replaced while it is read
   */
  stream(key: string, range?: ByteRange): AsyncGenerator<Uint8Array>;

  /** Size in bytes; undefined when there is no such object. */
  size(key: string): Promise<number | undefined>;

  /** Keys with the prefix, in byte order. */
  list(prefix: string, range?: ListRange): Promise<string[]>;

  /** Like `list`, with the size of each object in bytes. */
  listWithSizes(prefix: string, range?: ListRange): Promise<{ key: string; bytes: number }[]>;

  /** Names directly below the prefix, up to the next `/`, in byte order. */
  listFolders(prefix: string): Promise<string[]>;

  /**
   * Writes only where nothing is yet; otherwise answers with what is there. Exactly these bytes count as written: a
   * first try whose answer was lost looks like that.
   *
   * @throws StorageUnavailableError when others wrote and deleted the key again and again
   */
  tryCreate(
    key: string,
    body: Uint8Array,
  ): Promise<{ created: true } | { created: false; existing: StoredObject }>;

  /**
   * Writes an object that can only have this content: finding it there already, byte-identical, is success.
   *
   * @throws ConflictError when something else is there
   */
  createImmutable(key: string, body: Uint8Array): Promise<void>;

  /**
   * Like tryCreate for a body of any length with bounded memory; nothing is visible until the last byte is read.
   * A body that throws leaves nothing behind, and its error is passed on.
   *
   * @returns false when something is there already: another's, or this very write, whose answer was lost
   */
  createFromStream(key: string, body: AsyncIterable<Uint8Array>): Promise<boolean>;

  /**
   * Writes where the object still has this ETag, or where nothing is yet when it is undefined.
   *
   * @returns false when another write was faster, which may also be this very write, whose answer was lost
   */
  tryReplace(key: string, body: Uint8Array, etag: string | undefined): Promise<boolean>;

  /**
   * Replaces the object by `next(current)`, again and again until nobody else was faster. `undefined` from `next`
   * leaves it alone. `next` sets a state rather than adds to one: after a lost answer it sees its own work.
   *
   * @throws StorageUnavailableError after many lost races
   */
  compareAndSwap(
    key: string,
    next: (current: Uint8Array | undefined) => Uint8Array | undefined | Promise<Uint8Array | undefined>,
  ): Promise<void>;

  /** Removes the object; none there is fine. No function may: it is for people who tidy up. */
  delete(key: string): Promise<void>;
}
