import { readFileSync } from 'node:fs';

/** A file's text; undefined where there is none, or it is one of /proc whose process has just ended (ESRCH). */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
