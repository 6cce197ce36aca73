/** The tables of executions. */
import type { DatabaseSync } from 'node:sqlite';
import type { Layout } from '../database.ts';

const SCHEMA_VERSION = 1;
/** Most events have some hundred bytes, and each is a transaction, which writes whole pages. */
const PAGE_BYTES = 4096;

const SCHEMA = `
  CREATE TABLE definition (sha256 TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
  CREATE TABLE execution (
    number INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    machine TEXT NOT NULL, machine_name TEXT NOT NULL, deployed TEXT NOT NULL, definition TEXT NOT NULL,
    input TEXT NOT NULL, express INTEGER NOT NULL,
    -- Of an item of a Distributed Map: its Map Run, its place, and whose Map that is; of all: who was started from outside.
    map_run TEXT, item INTEGER, parent INTEGER, root INTEGER NOT NULL,
    status TEXT NOT NULL, started INTEGER NOT NULL, stopped INTEGER, output TEXT, error TEXT, cause TEXT
  ) STRICT;
  CREATE INDEX execution_of_machine ON execution (machine);
  CREATE UNIQUE INDEX execution_of_map_run ON execution (map_run, item) WHERE map_run IS NOT NULL;
  CREATE INDEX execution_of_root ON execution (root);
  CREATE INDEX running_execution ON execution (number) WHERE status = 'RUNNING';
  CREATE INDEX stopped_root ON execution (stopped) WHERE parent IS NULL AND stopped IS NOT NULL;
  -- Its key is the execution's number and the event's id.
  CREATE TABLE event (
    key INTEGER PRIMARY KEY, thread TEXT NOT NULL, type TEXT NOT NULL, next TEXT, json TEXT NOT NULL
  ) STRICT;
  -- What a Distributed Map has read.
  CREATE TABLE reading (map_run TEXT PRIMARY KEY, execution INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
  CREATE INDEX reading_of_execution ON reading (execution);
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

function makeSchema(sql: DatabaseSync): void {
  const version = Number(sql.prepare('PRAGMA user_version').get()?.user_version);
  if (version === 0) sql.exec(SCHEMA);
  else if (version !== SCHEMA_VERSION) {
    throw new Error(`it is of version ${version}, this program reads ${SCHEMA_VERSION}; remove it`);
  }
}

export const LAYOUT: Layout = { pageBytes: PAGE_BYTES, makeSchema };
