/** What S3 keeps: buckets, objects and uploads over one database. */
import { randomUUID } from 'node:crypto';
import { type Database, openDatabase } from '../database.ts';
import { doWhole, type Sliced } from './background.ts';
import { Blobs } from './blobs.ts';
import { Buckets } from './buckets.ts';
import { MIN_PART_BYTES } from './completion.ts';
import { S3Error } from './errors.ts';
import { Lifecycle } from './lifecycle.ts';
import { Uploads } from './multipart.ts';
import { Objects } from './objects.ts';
import { makeSchema } from './schema.ts';

/** Objects are mostly either a few hundred bytes or megabytes; 16 KiB pages serve both (measured). */
const LAYOUT = { pageBytes: 16_384, makeSchema };

export interface StoreOptions {
  /** SQLite file, or ":memory:". */
  file: string;
  /** Milliseconds since 1970; give one for reproducible times. */
  now?: (() => number) | undefined;
  /** Ids of multipart uploads, and what makes ids of versions unique. */
  newId?: (() => string) | undefined;
  /** Of each part of an upload but the last; S3's unless the simulation has smaller ones. */
  minPartBytes?: number | undefined;
  /** Takes work that nobody waits for; by default it is done at once. */
  schedule?: ((work: Sliced) => void) | undefined;
}

/** All methods are synchronous and atomic; async code around them interleaves only between calls. */
export class S3Store {
  readonly buckets: Buckets;
  readonly blobs: Blobs;
  readonly objects: Objects;
  readonly uploads: Uploads;
  readonly lifecycle: Lifecycle;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly #database: Database;

  /** @throws Error when the file is in use by another process or unreadable */
  constructor(options: StoreOptions) {
    const { file, now = Date.now, newId = randomUUID, schedule = doWhole } = options;
    const { minPartBytes = MIN_PART_BYTES } = options;
    const database = openDatabase(file, LAYOUT);
    this.#database = database;
    this.now = now;
    this.buckets = new Buckets(database, now);
    this.blobs = new Blobs(database, schedule);
    const parts = { database, buckets: this.buckets, blobs: this.blobs, now, newId };
    this.objects = new Objects(parts);
    this.uploads = new Uploads({ ...parts, objects: this.objects, minPartBytes });
    this.lifecycle = new Lifecycle({ ...parts, objects: this.objects, uploads: this.uploads });
  }

  /**
   * Deletes a bucket, and with it the uploads into it that have not ended.
   * @throws S3Error NoSuchBucket, BucketNotEmpty
   */
  deleteBucket(bucket: string): void {
    const unused = this.#database.transaction(() => {
      this.buckets.require(bucket);
      if (!this.objects.isEmpty(bucket)) {
        throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
          BucketName: bucket,
        });
      }
      this.buckets.delete(bucket);
      return this.uploads.removeAll(bucket);
    });
    this.blobs.remove(unused);
  }

  /** The whole object; undefined where there is none. */
  read(bucket: string, key: string): Uint8Array | undefined {
    const found = this.objects.find(bucket, key);
    return found && Buffer.concat([...this.blobs.read(found.content, 0, found.size)]);
  }

  close(): void {
    this.#database.close();
  }
}
