/**
 * S3 as a map: what an object store with strong consistency does, each call at one moment. Written to be read; the local
 * cloud's server, which keeps its objects on disk, is held to the same tests.
 */
import { createHash } from 'node:crypto';
import { type Checksum, checksumOfParts } from '../../../cloud/s3/checksums.ts';
import { noSuchKey, S3Error } from '../../../cloud/s3/errors.ts';

export interface StoredObject {
  bytes: Uint8Array;
  /** Without quotes. */
  etag: string;
  /** Given back with it: content type, metadata. */
  headers: Record<string, string>;
  checksum: Checksum | undefined;
  /** Milliseconds since the epoch. */
  modified: number;
}

export interface Conditions {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

export interface Upload {
  key: string;
  headers: Record<string, string>;
  /** What every part and the object are to have. */
  checksum: Pick<Checksum, 'algorithm' | 'type'> | undefined;
  parts: Map<number, Omit<StoredObject, 'headers'>>;
}

export interface ListedPart {
  number: number;
  etag: string;
  checksum?: { algorithm: string; value: string };
}

/** Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
const MIN_PART_BYTES = 5 * 2 ** 20;

export const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();
export const unquote = (etag: string) => etag.trim().replace(/^"(.*)"$/, '$1');
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

export class S3Model {
  readonly objects = new Map<string, StoredObject>();
  readonly uploads = new Map<string, Upload>();
  readonly #now: () => number;
  #uploadsBegun = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws S3Error NoSuchKey */
  get(key: string): StoredObject {
    const object = this.objects.get(key);
    if (object === undefined) throw noSuchKey(key);
    return object;
  }

  /** @throws S3Error PreconditionFailed; NoSuchKey for If-Match on nothing */
  put(key: string, object: Omit<StoredObject, 'modified'>, conditions: Conditions): StoredObject {
    this.#check(key, conditions);
    const stored = { ...object, modified: this.#now() };
    this.objects.set(key, stored);
    return stored;
  }

  delete(key: string, ifMatch?: string): void {
    this.#check(key, { ifMatch });
    this.objects.delete(key);
  }

  #check(key: string, { ifMatch, ifNoneMatch }: Conditions): void {
    const present = this.objects.get(key);
    if (ifNoneMatch === '*' && present !== undefined) throw failed('If-None-Match');
    if (ifMatch === undefined) return;
    if (present === undefined) throw noSuchKey(key);
    if (unquote(ifMatch) !== present.etag) throw failed('If-Match');
  }

  /**
   * One page: keys with the prefix behind `after`, in the order of their bytes; those that share what follows the prefix
   * up to the delimiter as one folder.
   */
  list(query: { prefix: string; delimiter: string; after: string; maxKeys: number }): {
    entries: { key: string; isFolder: boolean }[];
    isTruncated: boolean;
  } {
    const { prefix, delimiter, after, maxKeys } = query;
    const folderOf = (key: string): string | undefined => {
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return end === -1 ? undefined : key.slice(0, end + delimiter.length);
    };
    const names = new Map<string, { key: string; isFolder: boolean }>();
    for (const key of [...this.objects.keys()].filter((name) => name.startsWith(prefix)).sort(byBytes)) {
      const folder = folderOf(key);
      const name = folder ?? key;
      // A folder that was on the page before has keys behind the token, too.
      const isBehind = after === '' || (byBytes(name, after) > 0 && byBytes(key, after) > 0);
      if (isBehind) names.set(name, { key: name, isFolder: folder !== undefined });
    }
    const entries = [...names.values()];
    return { entries: entries.slice(0, maxKeys), isTruncated: maxKeys > 0 && entries.length > maxKeys };
  }

  createUpload(upload: Omit<Upload, 'parts'>): string {
    const id = `upload-${++this.#uploadsBegun}`;
    this.uploads.set(id, { ...upload, parts: new Map() });
    return id;
  }

  /** @throws S3Error NoSuchUpload, also for one of another key */
  upload(key: string, id: string): Upload {
    const upload = this.uploads.get(id);
    if (upload?.key !== key) throw new S3Error('NoSuchUpload', 'The upload does not exist.');
    return upload;
  }

  /** Makes the listed parts the object, or changes nothing. @throws S3Error for whatever is wrong with them */
  complete(
    id: string,
    upload: Upload,
    listed: readonly ListedPart[],
    declared: { size?: number; checksum?: { algorithm: string; value: string } },
    conditions: Conditions,
  ): StoredObject {
    const parts = listed.map((entry, index) => {
      if (index > 0 && entry.number <= listed[index - 1]!.number) {
        throw new S3Error('InvalidPartOrder', 'Parts are not in ascending order.');
      }
      const part = upload.parts.get(entry.number);
      const own = part?.checksum;
      const differs =
        entry.checksum !== undefined &&
        (own?.algorithm !== entry.checksum.algorithm || own.value !== entry.checksum.value);
      if (part === undefined || unquote(entry.etag) !== part.etag || differs) {
        throw new S3Error('InvalidPart', `Part ${entry.number} is not the one that was uploaded.`);
      }
      if (upload.checksum?.type === 'COMPOSITE' && entry.checksum === undefined) {
        throw new S3Error('InvalidRequest', `The checksum of part ${entry.number} is missing.`);
      }
      return part;
    });
    if (parts.slice(0, -1).some(({ bytes }) => bytes.length < MIN_PART_BYTES)) {
      throw new S3Error('EntityTooSmall', 'A part but the last has less than 5 MiB.');
    }
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
    if (declared.size !== undefined && declared.size !== bytes.length) {
      throw new S3Error('InvalidRequest', `The parts have ${bytes.length} bytes, not ${declared.size}.`);
    }
    const values = parts.map((part) => ({ value: part.checksum?.value ?? '', size: part.bytes.length }));
    const checksum =
      upload.checksum && checksumOfParts(upload.checksum.algorithm, upload.checksum.type, values);
    if (declared.checksum !== undefined && declared.checksum.algorithm !== checksum?.algorithm) {
      throw new S3Error('InvalidRequest', `The upload has no ${declared.checksum.algorithm}.`);
    }
    if (declared.checksum !== undefined && declared.checksum.value !== checksum?.value) {
      throw new S3Error('BadDigest', 'The checksum is not the one of the parts.');
    }
    const digests = Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')));
    const etag = `${md5(digests).toString('hex')}-${parts.length}`;
    const stored = this.put(upload.key, { bytes, etag, headers: upload.headers, checksum }, conditions);
    this.uploads.delete(id);
    return stored;
  }
}

const failed = (condition: string) =>
  new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });
