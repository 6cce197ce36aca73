/** Listing of all versions and markers, the newest of each key first. */
import type { Database } from '../database.ts';
import { type ListQuery, listPage } from './list.ts';
import { type ObjectSummary, readSummary } from './records.ts';
import { NULL_VERSION, sequenceOf } from './versions.ts';

export interface ListedVersion extends ObjectSummary {
  version: string;
  isMarker: boolean;
  isLatest: boolean;
}

export interface VersionQuery extends ListQuery {
  /** The page starts behind this version of the key `after`; behind all of its versions when undefined. */
  afterVersion: string | undefined;
}

export interface VersionPage {
  items: ListedVersion[];
  commonPrefixes: string[];
  /** `after` and `afterVersion` of the next page, when there is one; a common prefix has no version. */
  next?: { key: string; version: string | undefined };
}

const COLUMNS = 'key, sequence, version, size, etag, modified, checksum, class';
const SCAN = `
  SELECT ${COLUMNS}, 0 AS marker, NULL AS since FROM object WHERE bucket = ?1 AND key >= ?2
  UNION ALL
  SELECT ${COLUMNS}, marker, since FROM version WHERE bucket = ?1 AND key >= ?2
  ORDER BY key, sequence DESC`;
const FIND_NULL = `
  SELECT sequence FROM object WHERE bucket = ?1 AND key = ?2 AND version = '${NULL_VERSION}'
  UNION ALL
  SELECT sequence FROM version WHERE bucket = ?1 AND key = ?2 AND version = '${NULL_VERSION}'`;

/** @throws S3Error InvalidArgument */
export function listVersions({ sql }: Database, bucket: string, query: VersionQuery): VersionPage {
  const { after, afterVersion } = query;
  const behind = afterVersion === undefined ? undefined : behindSequence(afterVersion);
  // Prepared per listing: an iterator must be the only user of its statement.
  const statement = sql.prepare(SCAN);
  function* scan(from: Buffer): Generator<ListedVersion> {
    for (const row of statement.iterate(bucket, from)) {
      const version = { ...readSummary(row), version: String(row.version), isMarker: row.marker === 1 };
      const isSeen = behind !== undefined && version.key === after && Number(row.sequence) >= behind;
      if (!isSeen) yield { ...version, isLatest: row.since === null };
    }
  }
  const { next, ...page } = listPage(scan, { ...query, isAfterIncluded: behind !== undefined });
  if (next === undefined) return page;
  const last = page.items.at(-1);
  return { ...page, next: { key: next, version: last?.key === next ? last.version : undefined } };

  function behindSequence(version: string): number {
    const sequence = sequenceOf(version, 'version-id-marker');
    if (sequence !== undefined) return sequence;
    const row = sql.prepare(FIND_NULL).get(bucket, Buffer.from(after));
    // One that is gone by now was the oldest, unless versioning was suspended: then its key is listed again.
    return row === undefined ? Number.POSITIVE_INFINITY : Number(row.sequence);
  }
}
