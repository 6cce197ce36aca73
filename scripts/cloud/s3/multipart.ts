/** Multipart uploads: parts that are invisible until they become one object. */
import type { StagedBlob } from './blobs.ts';
import type { ChecksumAlgorithm, ChecksumType } from './checksums.ts';
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
import type { Objects, StoreParts } from './objects.ts';
import { contentColumns, type ObjectRecord } from './records.ts';

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

/** How long it is known what an upload became, for a client that asks again because it lost the answer. */
const REMEMBERED_MS = 24 * 3600 * 1000;

export class Uploads {
  readonly #store: StoreParts & { objects: Objects };
  readonly #sql;

  constructor(store: StoreParts & { objects: Objects }) {
    this.#store = store;
    const { sql } = store.database;
    this.#sql = {
      insert: sql.prepare(
        'INSERT INTO upload (id, bucket, key, headers, algorithm, type, created) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ),
      select: sql.prepare('SELECT * FROM upload WHERE id = ? AND bucket = ? AND key = ?'),
      selectAll: sql.prepare(
        'SELECT id, key FROM upload WHERE bucket = ? AND completed IS NULL ORDER BY key, created',
      ),
      complete: sql.prepare('UPDATE upload SET completed = ? WHERE id = ?'),
      forget: sql.prepare('DELETE FROM upload WHERE completed IS NOT NULL AND created < ?'),
      delete: sql.prepare('DELETE FROM upload WHERE id = ?'),
      upsertPart: sql.prepare('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?)'),
      selectPart: sql.prepare('SELECT * FROM part WHERE upload = ? AND number = ?'),
      selectParts: sql.prepare('SELECT * FROM part WHERE upload = ?'),
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
    const algorithm = row.algorithm as ChecksumAlgorithm | null;
    return {
      id,
      bucket,
      key,
      headers: JSON.parse(String(row.headers)),
      checksum: algorithm === null ? undefined : { algorithm, type: row.type as ChecksumType },
      isDisturbed: row.disturbed !== 0,
      completed: JSON.parse(String(row.completed)) ?? undefined,
    };
  }

  /** Those that have not ended, by key and age. */
  list(bucket: string): Pick<Upload, 'id' | 'key'>[] {
    return this.#sql.selectAll.all(bucket).map((row) => ({
      id: String(row.id),
      key: Buffer.from(row.key as Uint8Array).toString('utf8'),
    }));
  }

  /** Stores a part, replacing one of the same number. @throws S3Error NoSuchUpload when it ended meanwhile */
  putPart(upload: Upload, number: number, part: Omit<StoredPart, 'content'>, staged: StagedBlob): void {
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
      );
      return replaced;
    });
    this.#store.blobs.remove(old?.content ?? []);
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
      const parts = selectParts(completion.parts, upload, (number) => this.#part(upload.id, number));
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

  /** Answers with the pieces of all the upload's parts. */
  #removeParts(id: string) {
    const pieces = this.#sql.selectParts.all(id).flatMap((row) => contentColumns(row).content);
    this.#sql.deleteParts.run(id);
    return pieces;
  }

  #part(id: string, number: number): StoredPart | undefined {
    const row = this.#sql.selectPart.get(id, number);
    return row && { size: Number(row.size), etag: String(row.etag), ...contentColumns(row) };
  }
}
