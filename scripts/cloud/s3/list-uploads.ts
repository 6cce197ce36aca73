/** Listing of the uploads that have not ended, by key and age. */

import type { Database } from '../database.ts';
import type { ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import type { UploadChecksum } from './completion.ts';
import { type ListQuery, listPage } from './list.ts';
import type { Row } from './records.ts';

export interface ListedUpload {
  id: string;
  key: string;
  checksum: UploadChecksum;
  /** Milliseconds since 1970. */
  created: number;
}

export interface UploadQuery extends ListQuery {
  /** The page starts behind this upload to the key `after`; behind all of them when undefined. */
  afterId: string | undefined;
}

export interface UploadPage {
  items: ListedUpload[];
  commonPrefixes: string[];
  /** `after` and `afterId` of the next page, when there is one; a common prefix has no id. */
  next?: { key: string; id: string | undefined };
}

const SCAN = `SELECT id, key, algorithm, type, created FROM upload
  WHERE bucket = ? AND key >= ? AND completed IS NULL ORDER BY key, created, id`;
const CREATED = 'SELECT created FROM upload WHERE id = ? AND bucket = ? AND key = ?';

export function listUploads({ sql }: Database, bucket: string, query: UploadQuery): UploadPage {
  const { after, afterId } = query;
  // Of an upload that has ended meanwhile it is not known where it stood: its key is listed again.
  const behind =
    afterId === undefined ? undefined : sql.prepare(CREATED).get(afterId, bucket, Buffer.from(after));
  const isSeen = ({ id, key, created }: ListedUpload): boolean => {
    if (behind === undefined || key !== after) return false;
    const last = Number(behind.created);
    return created < last || (created === last && id <= afterId!);
  };
  // Prepared per listing: an iterator must be the only user of its statement.
  const statement = sql.prepare(SCAN);
  function* scan(from: Buffer): Generator<ListedUpload> {
    for (const row of statement.iterate(bucket, from)) {
      const upload = readListed(row);
      if (!isSeen(upload)) yield upload;
    }
  }
  const { next, ...page } = listPage(scan, { ...query, isAfterIncluded: afterId !== undefined });
  if (next === undefined) return page;
  const last = page.items.at(-1);
  return { ...page, next: { key: next, id: last?.key === next ? last.id : undefined } };
}

const readListed = (row: Row): ListedUpload => ({
  id: String(row.id),
  key: Buffer.from(row.key as Uint8Array).toString('utf8'),
  checksum: readUploadChecksum(row),
  created: Number(row.created),
});

/** The columns that say which checksum an upload is to have. */
export function readUploadChecksum({ algorithm, type }: Row): UploadChecksum {
  return algorithm === null
    ? undefined
    : { algorithm: algorithm as ChecksumAlgorithm, type: type as ChecksumType };
}
