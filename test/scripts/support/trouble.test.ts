import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { adviceFor, adviceInWords } from '../../../scripts/support/trouble.ts';

const errorOf = (fields: object, cause?: unknown) =>
  Object.assign(new Error('what was tried', { cause }), fields);

it('knows what to do about the disk, whoever met it', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE t (x); PRAGMA max_page_count = 2;');
  let full: unknown;
  try {
    database.exec('INSERT INTO t VALUES (zeroblob(1000000))');
  } catch (error) {
    full = error;
  }
  for (const error of [full, errorOf({ code: 'ENOSPC', syscall: 'write' }), errorOf({}, full)]) {
    expect(adviceFor(error)).toMatch(/^the disk is full: free some space/);
  }
  expect(adviceInWords("Error: ENOSPC: no space left on device, mkdir 'x'")).toMatch(/^the disk is full/);
  expect(adviceInWords('write /x/index.mjs: no space left on device')).toMatch(/^the disk is full/);
  expect(adviceFor(errorOf({ code: 'EROFS', syscall: 'open' }))).toMatch(/^it may not be written: /);
  expect(adviceInWords("EACCES: permission denied, open 'x'")).toMatch(/^it may not be written: /);
});

it('has nothing to say about what is not the disk’s', () => {
  expect(adviceFor(errorOf({ code: 'EACCES', syscall: 'listen' }))).toBeUndefined();
  expect(adviceFor(errorOf({ code: 'ENOENT', syscall: 'open' }))).toBeUndefined();
  expect(adviceFor(errorOf({ errcode: 1 }))).toBeUndefined();
  expect(adviceFor('ENOSPC')).toBeUndefined();
  expect(adviceInWords('TypeError: x is not a function')).toBeUndefined();
});
