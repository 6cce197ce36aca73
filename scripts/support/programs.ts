/** Other programs: run to their end, and looked for. */
import { execFileSync, spawn } from 'node:child_process';

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
  const child = spawn(command.file, command.arguments, {
    env: { ...process.env, ...command.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ending = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(String(code ?? signal)));
  });
  const shown = `${command.file} ${command.arguments.join(' ')}`;
  if (ending !== '0') throw new Error(`${shown} ended with ${ending}:\n${errors.trim() || output.trim()}`);
  const last = output.trim().split('\n').at(-1) ?? '';
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
