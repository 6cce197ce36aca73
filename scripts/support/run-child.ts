/** Runs a program to its end and reads the JSON that it prints last. */
import { spawn } from 'node:child_process';

export interface Command {
  file: string;
  arguments: string[];
  /** Additions to this process's environment; undefined takes a variable away. */
  environment?: Record<string, string | undefined>;
}

/** What runs longer hangs. */
const TIMEOUT_MS = 15 * 60_000;

/** @throws Error with the program's own words when it fails, hangs, or prints no JSON */
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
