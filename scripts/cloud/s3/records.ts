/** Objects as the tables hold them. */
import type { SQLOutputValue } from 'node:sqlite';
import type { Content } from './blobs.ts';
import type { Checksum } from './checksums.ts';

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
  /** STANDARD, until a lifecycle rule moves it. It is what S3 would bill by, and changes nothing here. */
  storageClass: string;
}

export interface ObjectRecord extends ObjectSummary {
  /** Content-Type and the like, and x-amz-meta-*, by lower-case name. */
  headers: Record<string, string>;
  content: Content;
  /** Id of this version; "null" where the bucket had no versioning. */
  version: string;
  /** Of its key's versions the newest has the highest. */
  sequence: number;
}

/** An object about to be visible. */
export type NewObject = Omit<ObjectRecord, 'modified' | 'content' | 'version' | 'sequence' | 'storageClass'>;

export type Row = Record<string, SQLOutputValue>;

export const readSummary = (row: Row): ObjectSummary => ({
  key: Buffer.from(row.key as Uint8Array).toString('utf8'),
  size: Number(row.size),
  etag: String(row.etag),
  modified: Number(row.modified),
  checksum: checksumColumn(row),
  storageClass: String(row.class),
});

export const readRecord = (row: Row): ObjectRecord => ({
  ...readSummary(row),
  ...contentColumns(row),
  headers: JSON.parse(String(row.headers)),
  version: String(row.version),
  sequence: Number(row.sequence),
});

const checksumColumn = (row: Row): Checksum | undefined => JSON.parse(String(row.checksum)) ?? undefined;

/** The columns that objects and parts share. */
export const contentColumns = (row: Row): Pick<ObjectRecord, 'checksum' | 'content'> => ({
  checksum: checksumColumn(row),
  content: JSON.parse(String(row.content)),
});
