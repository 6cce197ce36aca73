/** The Node that runs the commands, of every platform. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
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
    expect(() => runIfStarted({ filename: process.argv[1]! }, '', run)).toThrow(
      `needs Node 24.2 or newer, got ${process.version}`,
    );
  });

  it.each([
    ['--help', 'log', 0],
    ['now', 'error', 2],
  ] as const)('shows its help for %s, and runs nothing', async (word, out, code) => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const said = vi.spyOn(console, out).mockImplementation(() => undefined);
    const argv = process.argv.splice(2, Infinity, word);
    onTestFinished(() => {
      process.argv.splice(2, Infinity, ...argv);
      for (const spy of [exit, said]) spy.mockRestore();
      for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
    });
    runIfStarted({ filename: 'x.ts', main: true }, 'what it does', run);
    await vi.waitFor(() => expect(exit.mock.calls).toEqual([[code]]));
    expect(said.mock.calls).toEqual([['what it does']]);
  });

  it('does nothing in a file that another one imports', () => {
    runIfStarted({ filename: 'imported.ts' }, '', run);
    runIfStarted({ filename: process.argv[1]!, main: false }, '', run);
  });
});
