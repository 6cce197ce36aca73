import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A file's text; undefined where there is none, or it is one of /proc whose process has just ended (ESRCH). */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Writes a file that others find whole, or as it was before, however this process ends. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
