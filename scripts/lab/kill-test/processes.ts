/** The processes of a command as Linux shows them in /proc: who belongs to it, and who outlives it. */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readIfThere } from '../../support/files.ts';

export interface ProcessInfo {
  pid: number;
  parent: number;
  group: number;
  /** Its command line. */
  command: string;
}

const POLL_MS = 20;

/** All processes that run; those that only wait for their parent to take note of their end are not among them. */
export function runningProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readIfThere(`/proc/${name}/stat`);
      const command = readIfThere(`/proc/${name}/cmdline`);
      if (stat === undefined || command === undefined) return [];
      // The name in parentheses may hold anything; state, parent and group follow it ("proc_pid_stat(5)").
      const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' || state === 'X') return [];
      const words = command.replaceAll('\0', ' ').trim();
      return [{ pid: Number(name), parent: Number(parent), group: Number(group), command: words }];
    });
}

export const groupMembers = (group: number): ProcessInfo[] =>
  runningProcesses().filter((process) => process.group === group);

/** Processes of functions that a local cloud has started. */
export function functionProcesses(parent: number): { pid: number; functionName: string }[] {
  return runningProcesses().flatMap(({ pid, parent: itsParent }) => {
    if (itsParent !== parent) return [];
    const environment = readIfThere(`/proc/${pid}/environ`) ?? '';
    const functionName = /(?:^|\0)AWS_LAMBDA_FUNCTION_NAME=([^\0]*)/.exec(environment)?.[1];
    return functionName === undefined ? [] : [{ pid, functionName }];
  });
}

/**
 * Waits until nobody of the process group is left.
 *
 * @returns milliseconds that took
 * @throws Error naming who is still there after `patienceMs`; they are killed then
 */
export async function groupGone(group: number, patienceMs: number): Promise<number> {
  const started = performance.now();
  for (;;) {
    const left = groupMembers(group);
    const waited = performance.now() - started;
    if (left.length === 0) return waited;
    if (waited > patienceMs) {
      for (const { pid } of left) killIfThere(pid);
      const names = left.map(({ pid, command }) => `${pid} ${command}`);
      throw new Error(`outlived their parent by ${(waited / 1000).toFixed(1)} s:\n${names.join('\n')}`);
    }
    await sleep(POLL_MS);
  }
}

/** Sends SIGKILL. @returns whether there was somebody to get it; a negative number names a process group */
export function killIfThere(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
