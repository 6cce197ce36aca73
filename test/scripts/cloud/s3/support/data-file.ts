/** Data files of tests, and what a closed one holds, seen past the server, which would tidy up when it opens it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished } from 'vitest';

/** A new folder, removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stepnet-s3-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A file to be, in such a folder. */
export const temporaryFile = (): string => join(temporaryFolder(), 's3.sqlite');

function query(file: string, sql: string): unknown {
  const database = new DatabaseSync(file);
  const row = database.prepare(sql).get();
  database.close();
  return Object.values(row ?? {})[0];
}

/** Bytes of all chunks, visible or not. */
export const storedBytes = (file: string): number =>
  Number(query(file, 'SELECT coalesce(sum(length(bytes)), 0) FROM chunk'));

/** All chunks belong to an object or a version of one, in a sound file with a write-ahead log. */
export function expectNoLeftovers(file: string): void {
  const versions = 'SELECT size FROM object UNION ALL SELECT size FROM version';
  expect(storedBytes(file)).toBe(query(file, `SELECT coalesce(sum(size), 0) FROM (${versions})`));
  expect(query(file, 'PRAGMA integrity_check')).toBe('ok');
  expect(query(file, 'PRAGMA journal_mode')).toBe('wal');
}
