/** The Node that runs the commands, of every platform. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runIfStarted } from '../../../scripts/cli/command.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
const pins: [name: string, version: string][] = Object.entries(
  read('scripts/build/node/package.json').optionalDependencies,
);

it.each(pins)('%s %s has import.meta.main, and the lock file has it', (name, version) => {
  const [major, minor] = version.split('.').map(Number);
  expect(major! > 24 || (major === 24 && minor! >= 2), version).toBe(true);
  expect(read('package-lock.json').packages[`node_modules/${name}`]).toMatchObject({
    version,
    optional: true,
  });
});

describe('runIfStarted', () => {
  const run = () => Promise.reject(new Error('was run'));

  it('refuses to do nothing on a Node that does not say what it was started with', () => {
    expect(() => runIfStarted({ filename: process.argv[1]! }, run)).toThrow(
      `needs Node 24.2 or newer, got ${process.version}`,
    );
  });

  it('does nothing in a file that another one imports', () => {
    runIfStarted({ filename: 'imported.ts' }, run);
    runIfStarted({ filename: process.argv[1]!, main: false }, run);
  });
});
