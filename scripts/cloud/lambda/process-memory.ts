/** Memory of another process, from Linux's /proc; 0 where there is none, as on macOS and Windows. */
import { readFileSync } from 'node:fs';

const KB_PER_MB = 1024;

function statusField(pid: number, field: string): number {
  try {
    const kb = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
      readFileSync(`/proc/${pid}/status`, 'utf8'),
    )?.[1];
    return Number(kb ?? 0) / KB_PER_MB;
  } catch (error) {
    // The process has just ended, or this system has no /proc.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0;
    throw error;
  }
}

/** What the process holds now. */
export const residentMemoryMb = (pid: number): number => statusField(pid, 'VmRSS');

/** The most it has held. */
export const peakMemoryMb = (pid: number): number => statusField(pid, 'VmHWM');
