/** The tables, and how those of older programs become them. */
import type { DatabaseSync } from 'node:sqlite';

const SCHEMA_VERSION = 4;

/** Noncurrent versions, since when they are; and marks of deletion, the current ones since NULL. */
const VERSION_TABLE = `
  CREATE TABLE version (
    bucket TEXT NOT NULL, key BLOB NOT NULL, sequence INTEGER NOT NULL, version TEXT NOT NULL, marker INTEGER NOT NULL,
    since INTEGER, size INTEGER NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL, headers TEXT NOT NULL,
    checksum TEXT NOT NULL, content TEXT NOT NULL, class TEXT NOT NULL,
    PRIMARY KEY (bucket, key, sequence DESC)
  ) STRICT, WITHOUT ROWID;
`;
// Keys are BLOBs so that SQLite compares them as S3 does: by their UTF-8 bytes.
const SCHEMA = `
  CREATE TABLE bucket (
    name TEXT PRIMARY KEY, created INTEGER NOT NULL, versioning TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE object (
    bucket TEXT NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL,
    headers TEXT NOT NULL, checksum TEXT NOT NULL, content TEXT NOT NULL, version TEXT NOT NULL,
    sequence INTEGER NOT NULL, class TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
  ) STRICT, WITHOUT ROWID;
  ${VERSION_TABLE}
  CREATE TABLE upload (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, headers TEXT NOT NULL,
    algorithm TEXT, type TEXT, created INTEGER NOT NULL, disturbed INTEGER NOT NULL DEFAULT 0, completed TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE part (
    upload TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    checksum TEXT NOT NULL, content TEXT NOT NULL, modified INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE chunk (
    blob INTEGER NOT NULL, position INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (blob, position)
  ) STRICT;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;
/** By the version of a file, what makes the next one of it. */
const UPGRADES: Readonly<Record<number, string>> = {
  1: `
    ALTER TABLE upload ADD COLUMN disturbed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE upload ADD COLUMN completed TEXT;
  `,
  2: `
    ALTER TABLE bucket ADD COLUMN versioning TEXT;
    ALTER TABLE object ADD COLUMN version TEXT NOT NULL DEFAULT 'null';
    ALTER TABLE object ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE object ADD COLUMN class TEXT NOT NULL DEFAULT 'STANDARD';
    UPDATE upload SET completed = json_set(completed, '$.record.version', 'null') WHERE completed IS NOT NULL;
    ${VERSION_TABLE}
  `,
  3: 'ALTER TABLE part ADD COLUMN modified INTEGER NOT NULL DEFAULT 0;',
};

/**
 * Inside the caller's transaction: a file is of the old version or of this one.
 * @throws Error for one of another version
 */
export function makeSchema(sql: DatabaseSync): void {
  const from = Number(sql.prepare('PRAGMA user_version').get()?.user_version);
  if (from === 0) {
    sql.exec(SCHEMA);
    return;
  }
  for (let version = from; version !== SCHEMA_VERSION; version++) {
    const statements = UPGRADES[version];
    if (statements === undefined) {
      throw new Error(`it is of version ${from}, this program reads ${SCHEMA_VERSION}; remove it`);
    }
    sql.exec(statements);
  }
  sql.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}
