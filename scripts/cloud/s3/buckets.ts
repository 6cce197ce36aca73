/** The buckets. */
import type { Database } from './database.ts';
import { S3Error } from './errors.ts';

/** Amazon S3 User Guide, "General purpose bucket naming rules", without the reserved affixes. */
const NAME = /^(?!\d{1,3}(?:\.\d{1,3}){3}$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Of a bucket that keeps what is overwritten or deleted, or did so once. */
export type Versioning = 'Enabled' | 'Suspended';

export interface Bucket {
  name: string;
  /** Milliseconds since 1970. */
  created: number;
}

export class Buckets {
  readonly #select;
  readonly #selectAll;
  readonly #insert;
  readonly #version;
  readonly #delete;
  readonly #now: () => number;

  constructor({ sql }: Database, now: () => number) {
    this.#now = now;
    this.#select = sql.prepare('SELECT versioning FROM bucket WHERE name = ?');
    this.#selectAll = sql.prepare('SELECT name, created FROM bucket ORDER BY name');
    this.#insert = sql.prepare('INSERT INTO bucket (name, created) VALUES (?, ?)');
    this.#delete = sql.prepare('DELETE FROM bucket WHERE name = ?');
    this.#version = sql.prepare('UPDATE bucket SET versioning = ? WHERE name = ?');
  }

  /** @throws S3Error InvalidBucketName, BucketAlreadyOwnedByYou */
  create(name: string): void {
    if (!NAME.test(name)) {
      throw new S3Error(
        'InvalidBucketName',
        `The specified bucket is not valid: ${name}; 3-63 of a-z 0-9 . - are allowed.`,
        { BucketName: name },
      );
    }
    if (this.has(name)) {
      throw new S3Error('BucketAlreadyOwnedByYou', 'The bucket exists already and you own it.', {
        BucketName: name,
      });
    }
    this.#insert.run(name, this.#now());
  }

  has(name: string): boolean {
    return this.#select.get(name) !== undefined;
  }

  /** @throws S3Error NoSuchBucket */
  require(name: string): void {
    if (!this.has(name)) {
      throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: name });
    }
  }

  /** Undefined for one that never had versioning. */
  versioning(name: string): Versioning | undefined {
    return (this.#select.get(name)?.versioning ?? undefined) as Versioning | undefined;
  }

  /** There is no way back to a bucket that never had it. */
  setVersioning(name: string, versioning: Versioning): void {
    this.#version.run(versioning, name);
  }

  /** One that holds nothing. */
  delete(name: string): void {
    this.#delete.run(name);
  }

  list(): Bucket[] {
    return this.#selectAll.all().map((row) => ({ name: String(row.name), created: Number(row.created) }));
  }
}
