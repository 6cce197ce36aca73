/**
 * Carries out the lifecycle rules of all buckets by the store's clock: when they are due and not before, in slices. S3
 * looks once a day; here it is looked more often, as the machine may be off at midnight.
 */

import type { Database } from '../database.ts';
import type { Sliced } from './background.ts';
import { dueAt, type LifecycleRule } from './lifecycle-rules.ts';
import type { Uploads } from './multipart.ts';
import type { Objects, StoreParts } from './objects.ts';
import type { Row } from './records.ts';

/** Rows that a slice looks at. */
const ROWS = 500;
/** Smaller objects are not moved to another class ("Transitioning objects using Amazon S3 Lifecycle"). */
const MIN_TRANSITION_BYTES = 128 * 1024;

export class Lifecycle {
  readonly #store: StoreParts & { objects: Objects; uploads: Uploads };
  readonly #sql;

  constructor(store: StoreParts & { objects: Objects; uploads: Uploads }) {
    this.#store = store;
    const { sql }: Database = store.database;
    const page = 'WHERE bucket = ?1 AND key >= ?2 ORDER BY key LIMIT ?3';
    this.#sql = {
      objects: sql.prepare(`SELECT key, size, modified, class FROM object ${page}`),
      keys: sql.prepare(`SELECT DISTINCT key FROM version ${page}`),
      count: sql.prepare('SELECT count(*) AS count FROM version WHERE bucket = ? AND key = ?'),
      oldest: sql.prepare(`SELECT version, since FROM version
        WHERE bucket = ?1 AND key = ?2 AND since IS NOT NULL ORDER BY sequence LIMIT ?3`),
      noncurrent: sql.prepare(
        'SELECT count(*) AS count FROM version WHERE bucket = ? AND key = ? AND since IS NOT NULL',
      ),
      uploads: sql.prepare(`SELECT id, key, created FROM upload
        WHERE bucket = ?1 AND completed IS NULL AND id > ?2 ORDER BY id LIMIT ?3`),
    };
  }

  *run(): Sliced {
    for (const { name } of this.#store.buckets.list()) {
      for (const rule of this.#store.buckets.lifecycle(name)) {
        if (rule.abortDays !== undefined) yield* this.#abort(name, rule, rule.abortDays);
        if (rule.expirationDays !== undefined || rule.transitions.length > 0) yield* this.#age(name, rule);
        yield* this.#cleanVersions(name, rule);
      }
    }
  }

  *#abort(bucket: string, { prefix }: LifecycleRule, days: number): Sliced {
    for (let id: string | undefined = ''; id !== undefined; yield) {
      const rows: Row[] = this.#sql.uploads.all(bucket, id, ROWS);
      for (const row of rows) {
        const key = textOf(row.key);
        if (!key.startsWith(prefix) || !this.#isDue(row.created, days)) continue;
        this.#store.uploads.abort(bucket, key, String(row.id));
      }
      id = rows.length < ROWS ? undefined : String(rows.at(-1)!.id);
    }
  }

  /** Current objects: they are deleted, or else counted to another class. */
  *#age(bucket: string, { prefix, expirationDays, transitions }: LifecycleRule): Sliced {
    const { objects } = this.#store;
    for (const page of pages(prefix, (from) => this.#sql.objects.all(bucket, from, ROWS))) {
      for (const { key, size, modified, class: storageClass } of page) {
        if (expirationDays !== undefined && this.#isDue(modified, expirationDays)) {
          objects.delete(bucket, textOf(key));
          continue;
        }
        const due = transitions.findLast(({ days }) => this.#isDue(modified, days));
        const isMoved = due !== undefined && due.storageClass !== storageClass;
        if (isMoved && Number(size) >= MIN_TRANSITION_BYTES) {
          objects.setStorageClass(bucket, textOf(key), due.storageClass);
        }
      }
      yield;
    }
  }

  *#cleanVersions(bucket: string, rule: LifecycleRule): Sliced {
    const { prefix, noncurrent, expirationDays, removesMarkers } = rule;
    if (noncurrent === undefined && expirationDays === undefined && removesMarkers === undefined) return;
    for (const page of pages(prefix, (from) => this.#sql.keys.all(bucket, from, ROWS))) {
      for (const row of page) {
        const key = textOf(row.key);
        if (noncurrent !== undefined) yield* this.#expireNoncurrent(bucket, key, noncurrent);
        this.#expireMarker(bucket, key, rule);
      }
      yield;
    }
  }

  /** Those that became noncurrent first are the oldest. */
  *#expireNoncurrent(bucket: string, key: string, { days, keep }: { days: number; keep: number }): Sliced {
    const bytes = Buffer.from(key);
    for (;;) {
      const spare = Number(this.#sql.noncurrent.get(bucket, bytes)?.count) - keep;
      const rows = this.#sql.oldest.all(bucket, bytes, Math.max(0, Math.min(spare, ROWS)));
      const due = rows.filter(({ since }) => this.#isDue(since, days));
      for (const { version } of due) this.#store.objects.deleteVersion(bucket, key, String(version));
      if (due.length < ROWS) return;
      yield;
    }
  }

  /**
   * A marker behind which there is nothing goes, where the rule says so; a rule with days for objects says so of markers
   * of that age ("Lifecycle configuration elements", Amazon S3 User Guide).
   */
  #expireMarker(bucket: string, key: string, { expirationDays, removesMarkers }: LifecycleRule): void {
    const marker = this.#store.objects.versions.marker(bucket, key);
    if (marker === undefined || Number(this.#sql.count.get(bucket, Buffer.from(key))?.count) > 1) return;
    const isOld = expirationDays !== undefined && this.#isDue(marker.modified, expirationDays);
    if (removesMarkers || isOld) this.#store.objects.deleteVersion(bucket, key, marker.version);
  }

  #isDue(from: unknown, days: number): boolean {
    return dueAt(Number(from), days) <= this.#store.now();
  }
}

const textOf = (key: unknown): string => Buffer.from(key as Uint8Array).toString('utf8');

/** Rows whose keys begin with the prefix, page by page. @param read rows from a key on, by key */
function* pages<T extends { key?: unknown }>(
  prefix: string,
  read: (from: Uint8Array) => T[],
): Generator<T[]> {
  for (let from: Uint8Array = Buffer.from(prefix); ; ) {
    const rows = read(from);
    const fitting = rows.filter(({ key }) => textOf(key).startsWith(prefix));
    yield fitting;
    if (fitting.length < ROWS) return;
    from = Buffer.concat([rows.at(-1)!.key as Uint8Array, Buffer.of(0)]);
  }
}
