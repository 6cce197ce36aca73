/** Runs one of the project's commands as people do: a process of its own, watched through its output. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { vi } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

export interface Command {
  readonly process: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | string>;
  /** Resolves with the match once the output has it; rejects when the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/**
 * @param script below scripts/, e.g. commands/start.ts
 * @param env besides that of the tests
 */
export function run(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Command {
  const child = spawn(process.execPath, [join('scripts', script), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as a terminal gives it, so that Ctrl-C can be sent to all of it.
    detached: true,
  });
  let ended: number | string | undefined;
  const command = {
    process: child,
    stdout: '',
    stderr: '',
    exit: new Promise<number | string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        ended = code ?? signal!;
        resolve(ended);
      });
    }),
    printed: (pattern: RegExp) =>
      vi.waitUntil(
        () => {
          const match = pattern.exec(command.stdout);
          if (match === null && ended !== undefined) {
            throw new Error(`ended with ${ended} before ${pattern}:\n${command.stdout}${command.stderr}`);
          }
          return match;
        },
        { timeout: 200_000, interval: 10 },
      ) as Promise<RegExpExecArray>,
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    command.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    command.stderr += text;
  });
  return command;
}

/** Runs it to its end. */
export async function outcome(script: string, args: readonly string[]) {
  const command = run(script, args);
  return { code: await command.exit, out: command.stdout, error: command.stderr };
}
