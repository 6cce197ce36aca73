/** Colours: on terminals, as NO_COLOR and FORCE_COLOR say, and without a trace anywhere else. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeModel } from '../../../scripts/commands/describe-models.ts';
import { fitColumns } from '../../../scripts/support/columns.ts';
import { someVersion } from '../../support/documents.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What a process prints of a table with a head, a row that is best, one that failed, and a third. */
function printed(env: Record<string, string>): string {
  const source = `
    import { colour, colourTable } from '${join(ROOT, 'scripts/support/colour.ts')}';
    const styles = ['green', 'red'];
    console.log(colourTable(['run  acc', 'a    0.9', 'b    -', 'c    0.1'], (row) => styles[row]).join('\\n'));
    console.log(colour('dim', ''));`;
  const { FORCE_COLOR: _, NO_COLOR: __, ...others } = process.env;
  return execFileSync(process.execPath, ['--input-type=module', '-e', source], {
    env: { ...others, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('a table', () => {
  const plain = 'run  acc\na    0.9\nb    -\nc    0.1\n\n';

  it('has no colours where nobody looks at it, or where NO_COLOR is set', () => {
    expect(printed({})).toBe(plain);
    expect(printed({ NO_COLOR: '1' })).toBe(plain);
  });

  it('has them where they are wanted: its head, what is best, what failed', () => {
    const out = printed({ FORCE_COLOR: '1' });
    expect(out.split('\n')).toEqual([
      '\u001b[1mrun  acc\u001b[22m',
      '\u001b[32ma    0.9\u001b[39m',
      '\u001b[31mb    -\u001b[39m',
      'c    0.1',
      '',
      '',
    ]);
    expect(stripVTControlCharacters(out)).toBe(plain);
  });
});

it('a coloured line is broken where the terminal ends, and no earlier', () => {
  const line = '\u001b[32mone two three\u001b[39m';
  expect(fitColumns(line, 13)).toBe(line);
  expect(fitColumns(line, 12)).toBe('one two\n      three');
});

it('what serves stands among the versions in the order of their columns', () => {
  const text = describeModel('digits', [someVersion(), someVersion({ version: 12 })], {
    version: 12,
  } as never);
  const [name, head, first, second] = stripVTControlCharacters(text).split('\n');
  expect([name, head!.indexOf('run'), first!.indexOf('run')]).toEqual([
    'digits',
    first!.indexOf('run'),
    second!.indexOf('run'),
  ]);
  expect(second).toMatch(/serves$/);
});
