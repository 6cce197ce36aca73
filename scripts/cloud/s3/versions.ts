/**
 * What keys held before, and marks of deletion, in buckets with versioning. What is current and no marker stands in the
 * table of objects. A key's versions have sequence numbers, the newest the highest.
 */

import type { Database } from '../database.ts';
import type { Content } from './blobs.ts';
import type { Versioning } from './buckets.ts';
import { invalidArgument } from './errors.ts';
import { type ObjectRecord, type Row, readRecord } from './records.ts';

/** Id of what was written while its bucket had no versioning. */
export const NULL_VERSION = 'null';

/** A mark of deletion, which takes the place of an object. */
export interface Marker {
  version: string;
  sequence: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** What a version id names. */
export type Version = { record: ObjectRecord } | { marker: Marker };

/** The sequence number comes first, so that a page of a listing goes on behind a version that is gone by then. */
export const versionId = (versioning: Versioning | undefined, sequence: number, unique: string): string =>
  versioning === 'Enabled' ? `${sequence.toString(36).padStart(8, '0')}.${unique}` : NULL_VERSION;

/** Sequence number in an id; undefined for that of the null version. @throws S3Error InvalidArgument */
export function sequenceOf(id: string, parameter: string): number | undefined {
  if (id === NULL_VERSION) return undefined;
  const sequence = /^([0-9a-z]{8})\.[\w-]+$/.exec(id)?.[1];
  if (sequence === undefined) throw invalidArgument(parameter, id, 'Invalid version id specified');
  return Number.parseInt(sequence, 36);
}

export class Versions {
  readonly #sql;

  constructor({ sql }: Database) {
    const ofKey = 'WHERE bucket = ? AND key = ?';
    this.#sql = {
      insert: sql.prepare(`INSERT INTO version
        (bucket, key, sequence, version, marker, since, size, etag, modified, headers, checksum, content, class)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      last: sql.prepare(`SELECT coalesce(max(sequence), 0) AS last FROM version ${ofKey}`),
      top: sql.prepare(`SELECT * FROM version ${ofKey} ORDER BY sequence DESC LIMIT 1`),
      marker: sql.prepare(`SELECT * FROM version ${ofKey} AND since IS NULL`),
      select: sql.prepare(`SELECT * FROM version ${ofKey} AND version = ?`),
      delete: sql.prepare(`DELETE FROM version ${ofKey} AND sequence = ?`),
      outdate: sql.prepare(`UPDATE version SET since = ? ${ofKey} AND since IS NULL`),
      restore: sql.prepare(`UPDATE version SET since = NULL ${ofKey} AND sequence = ?`),
    };
  }

  /** Highest sequence number of the key; 0 where there is none. */
  last(bucket: string, key: string): number {
    return Number(this.#sql.last.get(bucket, Buffer.from(key))?.last);
  }

  /** Keeps what was current. @param since when its successor came */
  add(bucket: string, record: ObjectRecord, since: number): void {
    const { key, sequence, version, size, etag, modified, headers, checksum, content, storageClass } = record;
    this.#sql.insert.run(
      bucket,
      Buffer.from(key),
      sequence,
      version,
      0,
      since,
      size,
      etag,
      modified,
      JSON.stringify(headers),
      JSON.stringify(checksum ?? null),
      JSON.stringify(content),
      storageClass,
    );
  }

  addMarker(bucket: string, key: string, { sequence, version, modified }: Marker): void {
    const nothing = [0, '', modified, '{}', 'null', '[]', 'STANDARD'] as const;
    this.#sql.insert.run(bucket, Buffer.from(key), sequence, version, 1, null, ...nothing);
  }

  /** A marker that is current is so no more. */
  outdate(bucket: string, key: string, since: number): void {
    this.#sql.outdate.run(since, bucket, Buffer.from(key));
  }

  /** The marker that is current. */
  marker(bucket: string, key: string): Marker | undefined {
    const row = this.#sql.marker.get(bucket, Buffer.from(key));
    return row && readMarker(row);
  }

  find(bucket: string, key: string, id: string): Version | undefined {
    const row = this.#sql.select.get(bucket, Buffer.from(key), id);
    return row && readVersion(row);
  }

  /** Removes a version for good; its bytes are the caller's to free. */
  remove(bucket: string, key: string, version: Version): Content {
    const { sequence } = 'marker' in version ? version.marker : version.record;
    this.#sql.delete.run(bucket, Buffer.from(key), sequence);
    return 'marker' in version ? [] : version.record.content;
  }

  /** The newest version becomes the current one: a marker here, an object with the caller, who gets it. */
  restore(bucket: string, key: string): ObjectRecord | undefined {
    const row = this.#sql.top.get(bucket, Buffer.from(key));
    if (row === undefined) return undefined;
    const version = readVersion(row);
    if ('marker' in version) {
      this.#sql.restore.run(bucket, Buffer.from(key), version.marker.sequence);
      return undefined;
    }
    this.remove(bucket, key, version);
    return version.record;
  }
}

const readMarker = (row: Row): Marker => ({
  version: String(row.version),
  sequence: Number(row.sequence),
  modified: Number(row.modified),
});

const readVersion = (row: Row): Version =>
  row.marker === 1 ? { marker: readMarker(row) } : { record: readRecord(row) };
