/** What is wrong with the machine when files can't be read or written, and what to do about it. */

const FULL = 'the disk is full: free some space and start again; nothing that was stored is lost';
const DENIED = 'it may not be written: give this user the right to, or choose another folder with --data';

/** Codes of errno(3). */
const BY_ERRNO: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT:
    'the quota of this user is used up: free some space and start again; nothing that was stored is lost',
  EROFS: DENIED,
  EACCES: DENIED,
  EPERM: DENIED,
  EIO: 'the disk fails: look into the log of the system, and start again from a copy of the folder',
};
const DAMAGED =
  'the file is damaged: put a copy of it back, or move it away together with its -wal to begin from nothing';
/** Primary result codes of SQLite ("Result and Error Codes" in its documentation). */
const BY_SQLITE: Readonly<Record<number, string>> = {
  3: DENIED,
  8: DENIED,
  10: 'the disk fails or is full: free some space, look into the log of the system, and start again',
  11: DAMAGED,
  13: FULL,
  14: DENIED,
  26: DAMAGED,
};

/** Calls whose errors say nothing about files. */
const NOT_ON_FILES = /^(listen|bind|connect|spawn|kill)/;

/** The advice for an error of Node's file functions or of SQLite, found in it or in its causes; undefined for others. */
export function adviceFor(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code, errcode, syscall } = at as { code?: unknown; errcode?: unknown; syscall?: unknown };
    if (NOT_ON_FILES.test(String(syscall))) continue;
    const advice =
      typeof errcode === 'number' ? BY_SQLITE[errcode & 255] : BY_ERRNO[typeof code === 'string' ? code : ''];
    if (advice !== undefined) return advice;
  }
  return undefined;
}

/** The same for the words of another program. */
export function adviceInWords(words: string): string | undefined {
  if (/no space left on device/i.test(words)) return FULL;
  const code = /\b(ENOSPC|EDQUOT|EROFS|EACCES)\b/.exec(words)?.[1];
  return code === undefined ? undefined : BY_ERRNO[code];
}
