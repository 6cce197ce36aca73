/** The buckets. */
import type { Database } from '../database.ts';
import { S3Error } from './errors.ts';
import type { LifecycleRule } from './lifecycle-rules.ts';

/** Amazon S3 User Guide, "General purpose bucket naming rules", without the reserved affixes. */
const NAME = /^(?!\d{1,3}(?:\.\d{1,3}){3}$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Of a bucket that keeps what is overwritten or deleted, or did so once. */
export type Versioning = 'Enabled' | 'Suspended';

/** What a template declares of a bucket. */
export interface BucketProperties {
  versioning: Versioning | undefined;
  lifecycle: readonly LifecycleRule[];
}

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
  readonly #lifecycles = new Map<string, readonly LifecycleRule[]>();

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
    this.#lifecycles.delete(name);
  }

  /** Creates the bucket unless it exists, and makes it what the template says, as a deployment does. */
  deploy(name: string, { versioning, lifecycle }: BucketProperties): void {
    if (!this.has(name)) this.create(name);
    const before = this.versioning(name);
    if (versioning !== undefined) this.setVersioning(name, versioning);
    else if (before !== undefined) this.setVersioning(name, 'Suspended');
    this.#lifecycles.set(name, lifecycle);
  }

  /** Not kept in the file: they come with each deployment. */
  lifecycle(name: string): readonly LifecycleRule[] {
    return this.#lifecycles.get(name) ?? [];
  }

  list(): Bucket[] {
    return this.#selectAll.all().map((row) => ({ name: String(row.name), created: Number(row.created) }));
  }
}
