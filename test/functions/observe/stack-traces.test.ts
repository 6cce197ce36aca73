/** Stack traces of a bundle: those of its sources where there is a map. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { expect, it } from 'vitest';

const MODULE = join(import.meta.dirname, '../../../functions/observe/stack-traces.ts');
/** Signs that mean something in patterns, replacements and URLs. */
const FOLDER = 'stepnet $& #%41 ';

const SOURCE = `
class Lost extends TypeError { override name = 'Lost'; }
// Lines that the bundle does not have.
export async function find(what: string): Promise<never> {
  throw new Lost(what);
}
`;

/** Calls the bundled function twice and writes the stacks; a third one is of the program itself. */
const PROGRAM = `
const [bundle, mapping] = process.argv.slice(2);
require(mapping).mapStackTraces(bundle);
const { find } = require(bundle);
const stacks = [];
const keep = ({ stack }) => stacks.push(stack);
find('$1').catch(keep)
  .then(() => find('again')).catch(keep)
  .then(() => { throw new Error('elsewhere'); }).catch(keep)
  .then(() => console.log(JSON.stringify(stacks)));
`;

function stacksOf(folder: string, sourcemap: boolean): { stacks: string[]; said: string; bundle: string } {
  const bundle = join(folder, 'a/b/main.cjs');
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  writeFileSync(join(folder, 'find.ts'), SOURCE);
  writeFileSync(join(folder, 'program.cjs'), PROGRAM);
  buildSync({
    entryPoints: [join(folder, 'find.ts')],
    outfile: bundle,
    format: 'cjs',
    minifyWhitespace: true,
    sourcemap,
  });
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(folder, 'program.cjs'), bundle, MODULE],
    { encoding: 'utf8' },
  );
  if (stdout === '') throw new Error(stderr);
  return { stacks: JSON.parse(stdout), said: stderr, bundle };
}

it('name the line of the source, with the message as it is', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), FOLDER));
  const { stacks, said } = stacksOf(folder.path, true);
  expect(stacks[0]).toMatch(/^Lost: \$1\n {4}at find \(find\.ts:5:9\)\n {4}at /);
  expect(stacks[1]).toMatch(/^Lost: again\n {4}at find \(find\.ts:5:9\)\n {4}at /);
  expect(stacks[2]).toContain(join(folder.path, 'program.cjs'));
  expect(said).toBe('');
});

it('name the bundle where its map is not to be had, and say so once', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), FOLDER));
  const { stacks, said, bundle } = stacksOf(folder.path, false);
  expect(stacks.map((stack) => stack.split('\n')[0])).toEqual([
    'Lost: $1',
    'Lost: again',
    'Error: elsewhere',
  ]);
  expect(stacks[0]).toContain(`${bundle}:`);
  expect(said).toBe(`stack traces name the bundle: ENOENT ${bundle}.map\n`);
});
