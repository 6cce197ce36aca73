/** What is visible under which key, and the conditions under which that changes. */

import type { Database } from '../database.ts';
import type { Blobs, Content, StagedBlob } from './blobs.ts';
import type { Buckets } from './buckets.ts';
import { checkDelete, checkWrite } from './conditions.ts';
import type { Headers } from './declared-body.ts';
import { noSuchKey, S3Error } from './errors.ts';
import type { ListPage, ListQuery } from './list.ts';
import { listVersions, type VersionPage, type VersionQuery } from './list-versions.ts';
import { ObjectTable } from './object-table.ts';
import type { NewObject, ObjectRecord, ObjectSummary } from './records.ts';
import { type Marker, NULL_VERSION, sequenceOf, Versions, versionId } from './versions.ts';

/** What the tables of objects and uploads stand on. */
export interface StoreParts {
  database: Database;
  buckets: Buckets;
  blobs: Blobs;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Unique parts of ids. */
  newId: () => string;
}

/** What was deleted, or put in its place. */
export interface Deletion {
  /** Id of the marker that was made, or of the version that was removed for good; undefined without versioning. */
  version: string | undefined;
  isMarker: boolean;
}

/** What is to become current, and the bytes that nothing refers to once it is. */
interface Succession {
  version: string;
  sequence: number;
  old: Content;
}

export class Objects {
  readonly versions: Versions;
  readonly #store: StoreParts;
  readonly #table: ObjectTable;

  constructor(store: StoreParts) {
    this.#store = store;
    this.versions = new Versions(store.database);
    this.#table = new ObjectTable(store.database);
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
    const modified = this.#store.now();
    const { old, ...place } = this.#succeed(bucket, object.key, current, modified);
    const record = { ...object, ...place, modified, content: content(), storageClass: 'STANDARD' };
    this.#table.insert(bucket, record);
    return { record, old };
  }

  find(bucket: string, key: string): ObjectRecord | undefined {
    return this.#table.find(bucket, key);
  }

  /** Whether the bucket has no object, no version of one and no marker. */
  isEmpty(bucket: string): boolean {
    return this.#table.isEmpty(bucket);
  }

  /** Whether there is an object of this key, or this version of one, which may be a marker. */
  has(bucket: string, key: string, version?: string): boolean {
    const current = this.find(bucket, key);
    if (version === undefined || version === current?.version) return current !== undefined;
    return this.versions.find(bucket, key, version) !== undefined;
  }

  /**
   * The current object, or the version that is asked for.
   * @throws S3Error NoSuchBucket, NoSuchKey, NoSuchVersion, InvalidArgument; MethodNotAllowed for a marker
   */
  get(bucket: string, key: string, version?: string): ObjectRecord {
    this.#store.buckets.require(bucket);
    const current = this.find(bucket, key);
    if (version !== undefined && version !== current?.version) return this.#getVersion(bucket, key, version);
    if (current !== undefined) return current;
    const marker = this.versions.marker(bucket, key);
    throw noSuchKey(key).with(marker === undefined ? {} : markerHeaders(marker));
  }

  /**
   * Removes the key if it is there; in a bucket with versioning a marker takes its place in any case.
   * @throws S3Error NoSuchBucket; with If-Match NoSuchKey, PreconditionFailed
   */
  delete(bucket: string, key: string, headers: Headers = {}): Deletion {
    const { old, ...deletion } = this.#store.database.transaction(() => {
      this.#store.buckets.require(bucket);
      const current = this.find(bucket, key);
      checkDelete(key, current, headers);
      const isVersioned = this.#store.buckets.versioning(bucket) !== undefined;
      if (current === undefined && !isVersioned) return { version: undefined, isMarker: false, old: [] };
      const modified = this.#store.now();
      const { version, sequence, old } = this.#succeed(bucket, key, current, modified);
      if (!isVersioned) return { version: undefined, isMarker: false, old };
      this.versions.addMarker(bucket, key, { version, sequence, modified });
      return { version, isMarker: true, old };
    });
    this.#store.blobs.remove(old);
    return deletion;
  }

  /**
   * Removes a version for good, if it is there; the one before it becomes the current one.
   * @throws S3Error NoSuchBucket, InvalidArgument
   */
  deleteVersion(bucket: string, key: string, version: string): Deletion {
    sequenceOf(version, 'versionId');
    const { old, isMarker } = this.#store.database.transaction(() => {
      this.#store.buckets.require(bucket);
      const current = this.find(bucket, key);
      if (current?.version === version) {
        this.#hide(bucket, key);
        this.#restore(bucket, key);
        return { old: current.content, isMarker: false };
      }
      const found = this.versions.find(bucket, key, version);
      if (found === undefined) return { old: [], isMarker: false };
      const isCurrent = this.versions.marker(bucket, key)?.version === version;
      const old = this.versions.remove(bucket, key, found);
      if (isCurrent) this.#restore(bucket, key);
      return { old, isMarker: 'marker' in found };
    });
    this.#store.blobs.remove(old);
    return { version, isMarker };
  }

  /** Replaces what is kept beside the bytes of a version that was found; its time stays. */
  setHeaders(bucket: string, record: ObjectRecord, headers: Record<string, string>): void {
    this.#table.setHeaders(bucket, record, headers);
  }

  /** A lifecycle rule moves what is current; it is as old as before. */
  setStorageClass(bucket: string, key: string, storageClass: string): void {
    this.#table.setStorageClass(bucket, key, storageClass);
  }

  /** @throws S3Error NoSuchBucket */
  list(bucket: string, query: ListQuery): ListPage<ObjectSummary> {
    this.#store.buckets.require(bucket);
    return this.#table.list(bucket, query);
  }

  /** @throws S3Error NoSuchBucket, InvalidArgument */
  listVersions(bucket: string, query: VersionQuery): VersionPage {
    this.#store.buckets.require(bucket);
    return listVersions(this.#store.database, bucket, query);
  }

  /** Makes way for what is to be current: what was so is kept, as the bucket's versioning has it. */
  #succeed(bucket: string, key: string, current: ObjectRecord | undefined, now: number): Succession {
    const versioning = this.#store.buckets.versioning(bucket);
    if (current !== undefined) this.#hide(bucket, key);
    else this.#table.disturb(bucket, key);
    if (versioning === undefined) return { version: NULL_VERSION, sequence: 0, old: current?.content ?? [] };
    const { versions } = this;
    const sequence = Math.max(current?.sequence ?? 0, versions.last(bucket, key)) + 1;
    const version = versionId(versioning, sequence, this.#store.newId());
    versions.outdate(bucket, key, now);
    if (version === current?.version) return { version, sequence, old: current.content };
    if (current !== undefined) versions.add(bucket, current, now);
    // There is one null version at most.
    const replaced = version === NULL_VERSION ? versions.find(bucket, key, version) : undefined;
    return { version, sequence, old: replaced === undefined ? [] : versions.remove(bucket, key, replaced) };
  }

  #hide(bucket: string, key: string): void {
    this.#table.delete(bucket, key);
    this.#table.disturb(bucket, key);
  }

  #restore(bucket: string, key: string): void {
    const record = this.versions.restore(bucket, key);
    if (record !== undefined) this.#table.insert(bucket, record);
    this.#table.disturb(bucket, key);
  }

  #getVersion(bucket: string, key: string, version: string): ObjectRecord {
    sequenceOf(version, 'versionId');
    const found = this.versions.find(bucket, key, version);
    if (found === undefined) {
      throw new S3Error('NoSuchVersion', 'The specified version does not exist.', {
        Key: key,
        VersionId: version,
      });
    }
    if ('record' in found) return found.record;
    throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      Method: 'GET',
      ResourceType: 'DeleteMarker',
    }).with({
      ...markerHeaders(found.marker),
      allow: 'DELETE',
      'last-modified': new Date(found.marker.modified).toUTCString(),
    });
  }
}

const markerHeaders = ({ version }: Marker): Record<string, string> => ({
  'x-amz-delete-marker': 'true',
  'x-amz-version-id': version,
});
