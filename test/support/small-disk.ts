/** A file system in memory of a size of one's own, to fill and to write-protect: real ENOSPC, real EROFS. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  folder: string;
  freeBytes(): number;
  /** Changes an option while it is in use, e.g. `size=1m` or `ro`. */
  remount(option: string): void;
  remove(): void;
}

export function mountSmallDisk(bytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'stepnet-disk-'));
  try {
    mount('-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder);
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  return {
    folder,
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    },
    remount: (option) => mount('-o', `remount,${option}`, folder),
    remove: () => {
      execFileSync('umount', ['--lazy', folder]);
      rmdirSync(folder);
    },
  };
}

/** Only root may mount, and not in every container. */
export function canMount(): boolean {
  try {
    mountSmallDisk(4096).remove();
    return true;
  } catch {
    return false;
  }
}

function mount(...words: string[]): void {
  execFileSync('mount', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
