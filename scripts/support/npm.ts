/** npm as a program. */
import { execFileSync } from 'node:child_process';

/** Runs npm, its words going to standard error. @throws Error when it fails */
export function runNpm(...options: string[]): void {
  // Inside `npm run` this is npm's own program, whatever the system.
  const npm = process.env.npm_execpath;
  const [file, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm];
  execFileSync(file!, [...first, ...options], { stdio: ['ignore', process.stderr, process.stderr] });
}
