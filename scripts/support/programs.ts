/** Other programs: run to their end, and looked for. */
import { type ExecFileException, execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

export interface Command {
  file: string;
  arguments: string[];
  /** Additions to this process's environment; undefined takes a variable away. */
  environment?: Record<string, string | undefined>;
}

/** A script of ours as a program of its own, by the Node that runs this. */
export const nodeCommand = (script: string, ...words: string[]): Command => ({
  file: process.execPath,
  arguments: [script, ...words],
});

/** What runs longer hangs. */
const TIMEOUT_MS = 15 * 60_000;

/** Runs a program to its end and reads the JSON that it prints last. @throws Error with its own words when it fails, hangs, or prints none */
export async function runForJson<T>(command: Command): Promise<T> {
  const { file, arguments: words } = command;
  const env = { ...process.env, ...command.environment };
  const options = { env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: Infinity } as const;
  const shown = `${file} ${words.join(' ')}`;
  const { stdout } = await promisify(execFile)(file, words, options).catch((error: ExecFileException) => {
    const { code, signal, stderr = '', stdout: output = '' } = error;
    // It did not even start.
    if (typeof code === 'string') throw error;
    throw new Error(`${shown} ended with ${code ?? signal}:\n${stderr.trim() || output.trim()}`);
  });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(last) as T;
  } catch (error) {
    throw new Error(`${shown} printed ${JSON.stringify(last)}, expected JSON`, { cause: error });
  }
}

/** Runs npm, its words going to standard error. @throws Error when it fails */
export function runNpm(...options: string[]): void {
  // Inside `npm run` this is npm's own program, whatever the system.
  const npm = process.env.npm_execpath;
  const [file, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm];
  execFileSync(file!, [...first, ...options], { stdio: ['ignore', process.stderr, process.stderr] });
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
