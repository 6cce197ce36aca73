/**
 * Loaded with --import: shifts the clock of this process, and of all that it starts, by the milliseconds in the file that
 * SHIFTED_CLOCK names. The file may change at any time, as a clock does that somebody sets.
 */
import childProcess from 'node:child_process';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const file = process.env.SHIFTED_CLOCK;
const RealDate = Date;
const now = () => RealDate.now() + Number(readFileSync(file, 'utf8'));

globalThis.Date = class extends RealDate {
  constructor(...values) {
    super(...(values.length === 0 ? [now()] : values));
  }
  static now() {
    return now();
  }
};

// Functions get none of the environment of who starts them; the clock is that of the machine and no part of it.
const { spawn } = childProcess;
const environment = { SHIFTED_CLOCK: file, NODE_OPTIONS: `--import=${import.meta.url}` };
childProcess.spawn = (command, words, options) =>
  spawn(command, words, { ...options, env: { ...options?.env, ...environment } });
syncBuiltinESMExports();
