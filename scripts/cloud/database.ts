/**
 * The SQLite files behind S3 and Step Functions: durability and the lock.
 *
 * What a crash can cost. Each visible change is one transaction, in WAL mode: appended to the log, then valid all at
 * once through its commit frame. SIGKILL ends the process, not the kernel: what write() handed over is in the page
 * cache and reaches the next process, so an acknowledged change is never lost and an unfinished one never seen.
 * Power loss is another matter: synchronous=NORMAL syncs the log only at checkpoints, so the last few
 * acknowledged changes may be gone afterwards, but always whole ones from the end; nothing is torn or reordered.
 */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { adviceFor } from '../support/trouble.ts';

/** Moving them into the file waits for the disk, and nobody is answered meanwhile: so they are few (measured). */
const CHECKPOINT_BYTES = 4 * 2 ** 20;
/** How long opening waits for a dying process to release its lock. */
const LOCK_TIMEOUT_MS = 2_000;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
/** Value of PRAGMA auto_vacuum. */
const INCREMENTAL = 2;

/** What a database holds. */
export interface Layout {
  pageBytes: number;
  /** Inside a transaction: makes the tables, or of an older program's those of this one. @throws Error for a newer one's */
  makeSchema(sql: DatabaseSync): void;
}

export interface Database {
  readonly sql: DatabaseSync;
  /** All of `work` or none of it; `work` must not wait. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens or creates `file` (":memory:" for none) and locks it for this process.
 * @throws Error when another process holds it, it is of another version, damaged or no database, or can't be written
 */
export function openDatabase(file: string, layout: Layout): Database {
  const inMemory = file === ':memory:';
  const ownerFile = `${file}.owner`;
  const sql = openOwned(file, ownerFile, layout);
  if (!inMemory) writeFileSync(ownerFile, String(process.pid));
  return {
    sql,
    transaction: (work) => {
      sql.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        sql.exec('COMMIT');
        return result;
      } catch (error) {
        // A full disk may have rolled back already.
        if (sql.isTransaction) sql.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => {
      if (!inMemory) rmSync(ownerFile, { force: true });
      sql.close();
    },
  };
}

function openOwned(file: string, ownerFile: string, layout: Layout): DatabaseSync {
  try {
    if (file !== ':memory:') checkWritable(file);
    return openLocked(file, layout);
  } catch (error) {
    if (isBusy(error)) throw inUse(file, ownerFile, error);
    const why = error instanceof Error ? error.message : String(error);
    const advice = adviceFor(error);
    throw new Error(`cannot open ${file}: ${why}${advice === undefined ? '' : `; ${advice}`}`, {
      cause: error,
    });
  }
}

/** Creates the folder. SQLite's own words for what may not be written are many, and some are those of a broken disk. */
function checkWritable(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  accessSync(dirname(file), constants.W_OK);
  if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
}

function openLocked(file: string, { pageBytes, makeSchema }: Layout): DatabaseSync {
  const sql = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
  try {
    // With an exclusive lock WAL needs no shared memory, and a second process cannot interleave.
    sql.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA page_size = ${pageBytes};
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_BYTES / pageBytes};
      PRAGMA journal_size_limit = ${16 * CHECKPOINT_BYTES};
      BEGIN EXCLUSIVE;
    `);
    makeSchema(sql);
    sql.exec('COMMIT');
    checkStructure(sql);
    letShrink(sql);
    return sql;
  } catch (error) {
    sql.close();
    throw error;
  }
}

/**
 * A damaged file is refused as a whole, before half of it is served and the other half written to. What the bytes of
 * objects are is for their readers to check, by SHA-256.
 *
 * @throws Error with SQLite's code for damage
 */
function checkStructure(sql: DatabaseSync): void {
  const found = sql.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  if (found !== 'ok') throw Object.assign(new Error(String(found)), { errcode: SQLITE_CORRUPT });
}

/** A file of an older program is written anew once: only then can it give pages back. */
function letShrink(sql: DatabaseSync): void {
  if (sql.prepare('PRAGMA auto_vacuum').get()?.auto_vacuum === INCREMENTAL) return;
  try {
    sql.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM');
  } catch (error) {
    // There has to be room for a second one. Without it all is as it was before: what is freed is used again.
    if (!(error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL)) throw error;
  }
}

/** SQLite result code 5, SQLITE_BUSY, in its primary or an extended form. */
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 255) === 5;

function inUse(file: string, ownerFile: string, cause: unknown): Error {
  return new Error(
    `data folder in use by process ${ownerOf(ownerFile)}: ${file} is locked; stop that process or choose another folder`,
    { cause },
  );
}

function ownerOf(ownerFile: string): string {
  try {
    return readFileSync(ownerFile, 'utf8');
  } catch (error) {
    return `of unknown id (${error instanceof Error ? error.message : String(error)})`;
  }
}
