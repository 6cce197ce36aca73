/** Multipart uploads: parts that are invisible until they become one object. */
import type { Content, StagedBlob } from './blobs.ts';
import {
  type Completion,
  joinParts,
  type StoredPart,
  selectParts,
  type UploadChecksum,
} from './completion.ts';
import { checkCompletion, checkWrite } from './conditions.ts';
import type { Headers } from './declared-body.ts';
import { S3Error } from './errors.ts';
import { listUploads, readUploadChecksum, type UploadPage, type UploadQuery } from './list-uploads.ts';
import type { Objects, StoreParts } from './objects.ts';
import { contentColumns, type ObjectRecord, type Row } from './records.ts';

/** What uploads stand on. */
interface UploadParts extends StoreParts {
  objects: Objects;
  /** Of each part but the last. */
  minPartBytes: number;
}

export interface Upload {
  id: string;
  bucket: string;
  key: string;
  headers: Record<string, string>;
  /** Checksum that the finished object is to have. */
  checksum: UploadChecksum;
  /** Whether its key was written or deleted since it began. */
  isDisturbed: boolean;
  /** What it became, by what was asked for. */
  completed: { completion: string; record: ObjectRecord } | undefined;
}

/** A part as a listing shows it. */
export interface ListedPart extends StoredPart {
  number: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** How long it is known what an upload became, for a client that asks again because it lost the answer. */
const REMEMBERED_MS = 24 * 3600 * 1000;

export class Uploads {
  readonly #store: UploadParts;
  readonly #sql;

  constructor(store: UploadParts) {
    this.#store = store;
    const { sql } = store.database;
    this.#sql = {
      insert: sql.prepare(
        'INSERT INTO upload (id, bucket, key, headers, algorithm, type, created) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ),
      select: sql.prepare('SELECT * FROM upload WHERE id = ? AND bucket = ? AND key = ?'),
      selectAll: sql.prepare('SELECT id FROM upload WHERE bucket = ?'),
      complete: sql.prepare('UPDATE upload SET completed = ? WHERE id = ?'),
      forget: sql.prepare('DELETE FROM upload WHERE completed IS NOT NULL AND created < ?'),
      delete: sql.prepare('DELETE FROM upload WHERE id = ?'),
      upsertPart: sql.prepare('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?, ?)'),
      selectPart: sql.prepare('SELECT * FROM part WHERE upload = ? AND number = ?'),
      selectParts: sql.prepare('SELECT * FROM part WHERE upload = ? ORDER BY number'),
      deleteParts: sql.prepare('DELETE FROM part WHERE upload = ?'),
    };
  }

  /** The new upload's id. @throws S3Error NoSuchBucket */
  create(upload: Omit<Upload, 'id' | 'isDisturbed' | 'completed'>): string {
    this.#store.buckets.require(upload.bucket);
    this.#sql.forget.run(this.#store.now() - REMEMBERED_MS);
    const { bucket, key, headers, checksum } = upload;
    const id = this.#store.newId();
    this.#sql.insert.run(
      id,
      bucket,
      Buffer.from(key),
      JSON.stringify(headers),
      checksum?.algorithm ?? null,
      checksum?.type ?? null,
      this.#store.now(),
    );
    return id;
  }

  /**
   * One that has not ended.
   *
   * @param completed whether one that was completed will do as well
   * @throws S3Error NoSuchBucket, NoSuchUpload
   */
  get(bucket: string, key: string, id: string, completed = false): Upload {
    this.#store.buckets.require(bucket);
    const row = this.#sql.select.get(id, bucket, Buffer.from(key));
    if (row === undefined || (row.completed !== null && !completed)) {
      throw new S3Error(
        'NoSuchUpload',
        'The specified multipart upload does not exist. It may have been aborted or completed.',
        { UploadId: id },
      );
    }
    return {
      id,
      bucket,
      key,
      headers: JSON.parse(String(row.headers)),
      checksum: readUploadChecksum(row),
      isDisturbed: row.disturbed !== 0,
      completed: JSON.parse(String(row.completed)) ?? undefined,
    };
  }

  /** Those that have not ended, by key and age; all of them unless asked otherwise. @throws S3Error NoSuchBucket */
  list(bucket: string, query: Partial<UploadQuery> = {}): UploadPage {
    this.#store.buckets.require(bucket);
    const all = {
      prefix: '',
      delimiter: '',
      after: '',
      afterId: undefined,
      maxKeys: Number.MAX_SAFE_INTEGER,
    };
    return listUploads(this.#store.database, bucket, { ...all, ...query });
  }

  /** Parts behind the number `after`, by number, and whether there are more than `maxParts`. */
  listParts({ id }: Upload, after: number, maxParts: number): { parts: ListedPart[]; isTruncated: boolean } {
    const rows = this.#sql.selectParts.all(id).filter((row) => Number(row.number) > after);
    const parts = rows
      .slice(0, maxParts)
      .map((row) => ({ ...readPart(row), number: Number(row.number), modified: Number(row.modified) }));
    return { parts, isTruncated: rows.length > parts.length };
  }

  /**
   * Stores a part, replacing one of the same number.
   * @returns when, in milliseconds since 1970
   * @throws S3Error NoSuchUpload when the upload ended meanwhile
   */
  putPart(upload: Upload, number: number, part: Omit<StoredPart, 'content'>, staged: StagedBlob): number {
    const modified = this.#store.now();
    const old = this.#store.database.transaction(() => {
      this.get(upload.bucket, upload.key, upload.id);
      const replaced = this.#part(upload.id, number);
      this.#sql.upsertPart.run(
        upload.id,
        number,
        part.size,
        part.etag,
        JSON.stringify(part.checksum ?? null),
        JSON.stringify(staged.finish()),
        modified,
      );
      return replaced;
    });
    this.#store.blobs.remove(old?.content ?? []);
    return modified;
  }

  /**
   * Makes the listed parts one object, in one transaction; a refused completion leaves the upload as it was. What was
   * completed and is completed the same way again changes nothing and is answered as before.
   * @throws S3Error NoSuchUpload, InvalidPart, InvalidPartOrder, EntityTooSmall, BadDigest, InvalidRequest,
   * PreconditionFailed, ConditionalRequestConflict, NoSuchKey
   */
  complete(upload: Upload, completion: Completion, requestHeaders: Headers): ObjectRecord {
    const { record, unused } = this.#store.database.transaction(() => {
      const { bucket, key, headers, isDisturbed, completed } = this.get(
        upload.bucket,
        upload.key,
        upload.id,
        true,
      );
      const current = this.#store.objects.find(bucket, key);
      if (completed?.completion === JSON.stringify(completion)) {
        checkWrite(key, current, requestHeaders);
        return { record: completed.record, unused: [] };
      }
      // One that was completed has no parts any more, of whatever list.
      checkCompletion(key, current, requestHeaders, isDisturbed);
      const find = (number: number) => this.#part(upload.id, number);
      const parts = selectParts(completion.parts, upload, find, this.#store.minPartBytes);
      const content = parts.flatMap((part) => part.content);
      const object = { key, headers, ...joinParts(parts, completion, upload.checksum) };
      const { record, old } = this.#store.objects.replace(bucket, object, () => content, requestHeaders);
      const used = new Set(content.map(([blob]) => blob));
      const unlisted = this.#removeParts(upload.id).filter(([blob]) => !used.has(blob));
      this.#sql.complete.run(JSON.stringify({ completion: JSON.stringify(completion), record }), upload.id);
      return { record, unused: [...old, ...unlisted] };
    });
    this.#store.blobs.remove(unused);
    return record;
  }

  /** @throws S3Error NoSuchBucket, NoSuchUpload */
  abort(bucket: string, key: string, id: string): void {
    const unused = this.#store.database.transaction(() => {
      this.get(bucket, key, id);
      this.#sql.delete.run(id);
      return this.#removeParts(id);
    });
    this.#store.blobs.remove(unused);
  }

  /** All of a bucket's, inside the caller's transaction; what it answers with is to be removed behind it. */
  removeAll(bucket: string): Content {
    return this.#sql.selectAll.all(bucket).flatMap(({ id }) => {
      this.#sql.delete.run(String(id));
      return this.#removeParts(String(id));
    });
  }

  /** Answers with the pieces of all the upload's parts. */
  #removeParts(id: string) {
    const pieces = this.#sql.selectParts.all(id).flatMap((row) => contentColumns(row).content);
    this.#sql.deleteParts.run(id);
    return pieces;
  }

  #part(id: string, number: number): StoredPart | undefined {
    const row = this.#sql.selectPart.get(id, number);
    return row && readPart(row);
  }
}

const readPart = (row: Row): StoredPart => ({
  size: Number(row.size),
  etag: String(row.etag),
  ...contentColumns(row),
});
