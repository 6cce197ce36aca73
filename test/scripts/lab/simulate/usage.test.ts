import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../../../scripts/lab/simulate.ts');

it.each([
  [['--seed', '0'], '--seed: got "0", expected a whole number from 1 to 4294967295'],
  [['--seed', '4294967296'], '--seed: got "4294967296"'],
  [['--runs', '1e3'], '--runs: got "1e3"'],
  [['--sede', '1'], '--sede'],
  [['7'], '--seed N'],
])('npm run simulate refuses %j', (options, message) => {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, ...options], { encoding: 'utf8' });
  expect(stderr).toContain(message);
  expect(status).toBe(2);
});
