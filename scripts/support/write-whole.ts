import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file that others find whole, or as it was before, however this process ends. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
