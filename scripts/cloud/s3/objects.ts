/** The table of objects: what is visible under which key, and the conditions under which that changes. */
import type { SQLOutputValue } from 'node:sqlite';
import type { Blobs, Content, StagedBlob } from './blobs.ts';
import type { Buckets } from './buckets.ts';
import type { Checksum } from './checksums.ts';
import { checkDelete, checkWrite } from './conditions.ts';
import type { Database } from './database.ts';
import type { Headers } from './declared-body.ts';
import { noSuchKey } from './errors.ts';
import { type ListPage, type ListQuery, listPage } from './list.ts';

/** What a listing shows of an object. */
export interface ObjectSummary {
  key: string;
  /** Bytes. */
  size: number;
  /** Hex, without quotes; of a multipart upload with "-" and the number of parts. */
  etag: string;
  /** Milliseconds since 1970. */
  modified: number;
  checksum: Checksum | undefined;
}

export interface ObjectRecord extends ObjectSummary {
  /** Content-Type and the like, and x-amz-meta-*, by lower-case name. */
  headers: Record<string, string>;
  content: Content;
}

/** An object about to be visible. */
export type NewObject = Omit<ObjectRecord, 'modified' | 'content'>;

/** What the tables of objects and uploads stand on. */
export interface StoreParts {
  database: Database;
  buckets: Buckets;
  blobs: Blobs;
  /** Milliseconds since 1970. */
  now: () => number;
}

const SCAN =
  'SELECT key, size, etag, modified, checksum FROM object WHERE bucket = ? AND key >= ? ORDER BY key';

export class Objects {
  readonly #store: StoreParts;
  readonly #select;
  readonly #upsert;
  readonly #delete;
  readonly #disturb;

  constructor(store: StoreParts) {
    this.#store = store;
    const { sql } = store.database;
    this.#select = sql.prepare('SELECT * FROM object WHERE bucket = ? AND key = ?');
    this.#upsert = sql.prepare(`INSERT OR REPLACE INTO object
      (bucket, key, size, etag, modified, headers, checksum, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#delete = sql.prepare('DELETE FROM object WHERE bucket = ? AND key = ?');
    this.#disturb = sql.prepare('UPDATE upload SET disturbed = 1 WHERE bucket = ? AND key = ?');
  }

  /**
   * Makes the staged bytes visible, if the conditions in the request's headers hold at that moment.
   * @throws S3Error NoSuchBucket, NoSuchKey, PreconditionFailed
   */
  put(bucket: string, object: NewObject, staged: StagedBlob, headers: Headers): ObjectRecord {
    const replaced = this.#store.database.transaction(() =>
      this.replace(bucket, object, () => staged.finish(), headers),
    );
    this.#store.blobs.remove(replaced.old);
    return replaced.record;
  }

  /** The change itself, inside the caller's transaction; remove `old` from the blobs after the commit. */
  replace(
    bucket: string,
    object: NewObject,
    content: () => Content,
    requestHeaders: Headers,
  ): { record: ObjectRecord; old: Content } {
    this.#store.buckets.require(bucket);
    const current = this.find(bucket, object.key);
    checkWrite(object.key, current, requestHeaders);
    const record = { ...object, modified: this.#store.now(), content: content() };
    const { key, size, etag, modified, headers, checksum } = record;
    this.#upsert.run(
      bucket,
      Buffer.from(key),
      size,
      etag,
      modified,
      JSON.stringify(headers),
      JSON.stringify(checksum ?? null),
      JSON.stringify(record.content),
    );
    this.#disturb.run(bucket, Buffer.from(key));
    return { record, old: current?.content ?? [] };
  }

  find(bucket: string, key: string): ObjectRecord | undefined {
    const row = this.#select.get(bucket, Buffer.from(key));
    return row && { ...summary(row), ...contentColumns(row), headers: JSON.parse(String(row.headers)) };
  }

  /** @throws S3Error NoSuchBucket, NoSuchKey */
  get(bucket: string, key: string): ObjectRecord {
    this.#store.buckets.require(bucket);
    const found = this.find(bucket, key);
    if (found === undefined) throw noSuchKey(key);
    return found;
  }

  /**
   * Removes the key if it is there.
   * @throws S3Error NoSuchBucket; with If-Match NoSuchKey, PreconditionFailed
   */
  delete(bucket: string, key: string, headers: Headers = {}): void {
    const removed = this.#store.database.transaction(() => {
      this.#store.buckets.require(bucket);
      const current = this.find(bucket, key);
      checkDelete(key, current, headers);
      if (current === undefined) return undefined;
      this.#delete.run(bucket, Buffer.from(key));
      this.#disturb.run(bucket, Buffer.from(key));
      return current;
    });
    this.#store.blobs.remove(removed?.content ?? []);
  }

  /** @throws S3Error NoSuchBucket */
  list(bucket: string, query: ListQuery): ListPage<ObjectSummary> {
    this.#store.buckets.require(bucket);
    // Prepared per listing: an iterator must be the only user of its statement.
    const statement = this.#store.database.sql.prepare(SCAN);
    function* scan(from: Buffer): Generator<ObjectSummary> {
      for (const row of statement.iterate(bucket, from)) yield summary(row);
    }
    return listPage(scan, query);
  }
}

type Row = Record<string, SQLOutputValue>;

function summary(row: Row): ObjectSummary {
  return {
    key: Buffer.from(row.key as Uint8Array).toString('utf8'),
    size: Number(row.size),
    etag: String(row.etag),
    modified: Number(row.modified),
    checksum: checksumColumn(row),
  };
}

const checksumColumn = (row: Row): Checksum | undefined => JSON.parse(String(row.checksum)) ?? undefined;

/** The columns that objects and parts share. */
export const contentColumns = (row: Row): Pick<ObjectRecord, 'checksum' | 'content'> => ({
  checksum: checksumColumn(row),
  content: JSON.parse(String(row.content)),
});
