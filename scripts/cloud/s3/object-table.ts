/** The table of objects, without the rules by which it changes: what is current and no marker, by bucket and key. */
import type { Database } from '../database.ts';
import { type ListPage, type ListQuery, listPage } from './list.ts';
import { type ObjectRecord, type ObjectSummary, readRecord, readSummary } from './records.ts';

const SCAN = `SELECT key, size, etag, modified, checksum, class FROM object
  WHERE bucket = ? AND key >= ? ORDER BY key`;

export class ObjectTable {
  readonly #database: Database;
  readonly #sql;

  constructor(database: Database) {
    this.#database = database;
    const { sql } = database;
    this.#sql = {
      select: sql.prepare('SELECT * FROM object WHERE bucket = ? AND key = ?'),
      insert: sql.prepare(`INSERT INTO object
        (bucket, key, size, etag, modified, headers, checksum, content, version, sequence, class)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      delete: sql.prepare('DELETE FROM object WHERE bucket = ? AND key = ?'),
      any: sql.prepare(`SELECT 1 FROM object WHERE bucket = ?1
        UNION ALL SELECT 1 FROM version WHERE bucket = ?1 LIMIT 1`),
      move: sql.prepare('UPDATE object SET class = ? WHERE bucket = ? AND key = ?'),
      setHeaders: ['object', 'version'].map((table) =>
        sql.prepare(`UPDATE ${table} SET headers = ? WHERE bucket = ? AND key = ? AND version = ?`),
      ),
      disturb: sql.prepare('UPDATE upload SET disturbed = 1 WHERE bucket = ? AND key = ?'),
    };
  }

  find(bucket: string, key: string): ObjectRecord | undefined {
    const row = this.#sql.select.get(bucket, Buffer.from(key));
    return row && readRecord(row);
  }

  /** Whether the bucket has no object, no version of one and no marker. */
  isEmpty(bucket: string): boolean {
    return this.#sql.any.get(bucket) === undefined;
  }

  list(bucket: string, query: ListQuery): ListPage<ObjectSummary> {
    // Prepared per listing: an iterator must be the only user of its statement.
    const statement = this.#database.sql.prepare(SCAN);
    function* scan(from: Buffer): Generator<ObjectSummary> {
      for (const row of statement.iterate(bucket, from)) yield readSummary(row);
    }
    return listPage(scan, query);
  }

  insert(bucket: string, record: ObjectRecord): void {
    const { key, size, etag, modified, headers, checksum, content, version, sequence, storageClass } = record;
    this.#sql.insert.run(
      bucket,
      Buffer.from(key),
      size,
      etag,
      modified,
      JSON.stringify(headers),
      JSON.stringify(checksum ?? null),
      JSON.stringify(content),
      version,
      sequence,
      storageClass,
    );
  }

  delete(bucket: string, key: string): void {
    this.#sql.delete.run(bucket, Buffer.from(key));
  }

  setStorageClass(bucket: string, key: string, storageClass: string): void {
    this.#sql.move.run(storageClass, bucket, Buffer.from(key));
  }

  /** Of a version, whichever table has it. */
  setHeaders(bucket: string, { key, version }: ObjectRecord, headers: Record<string, string>): void {
    const text = JSON.stringify(headers);
    for (const statement of this.#sql.setHeaders) statement.run(text, bucket, Buffer.from(key), version);
  }

  /** Uploads that have begun learn that their key was written or deleted. */
  disturb(bucket: string, key: string): void {
    this.#sql.disturb.run(bucket, Buffer.from(key));
  }
}
