/** Wrong usage of the two commands: exit code 2, and what is allowed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SCRIPTS = join(import.meta.dirname, '../../../../scripts/lab');

describe('wrong usage', () => {
  it.each([
    ['bench.ts', ['--jobs', 'dek'], '--jobs: got "dek", expected of textbook, wide, textbook-inference'],
    ['bench.ts', ['--rounds', '0'], '--rounds: got "0", expected a whole number from 1 to 999'],
    ['bench.ts', ['--sedes', '10'], '--sedes'],
    ['bench.ts', ['--seeds', '2', '--jobs', 'wide'], '--seeds: is of the textbook job'],
    ['verify-reproducible.ts', ['--node', 'v20'], '--node: got "v20", expected major versions'],
    ['verify-reproducible.ts', ['--reference-steps', '-1'], '--reference-steps'],
    ['verify-reproducible.ts', ['--batchSize', '0'], 'batchSize'],
  ])('%s %j', (script, options, message) => {
    const { status, stderr } = spawnSync(process.execPath, [join(SCRIPTS, script), ...options], {
      encoding: 'utf8',
    });
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});
