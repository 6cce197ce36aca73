/** One `npm start` as a process group of its own, watched through its output. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { PhaseReader } from './phases.ts';

const ROOT = join(import.meta.dirname, '../../..');

export class Started {
  readonly process: ChildProcess;
  readonly phase: PhaseReader;
  stdout = '';
  stderr = '';
  ended = false;
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | string>;

  /**
   * @param args of `npm start --`, without --data
   * @param environment besides this process's own
   */
  constructor(data: string, args: readonly string[], environment: Record<string, string> = {}) {
    this.process = spawn(
      process.execPath,
      [join(ROOT, 'scripts/commands/start.ts'), '--data', data, '--port', '0', ...args],
      {
        cwd: ROOT,
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      },
    );
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exit = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      // Not "close": function processes that outlive it would hold its output open.
      this.process.once('exit', (code, signal) => {
        this.ended = true;
        resolve(code ?? signal!);
      });
    });
    this.phase = new PhaseReader(data, this);
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** Everything it has said, for messages. */
  get words(): string {
    return `${this.stdout}${this.stderr}`.trim();
  }
}
