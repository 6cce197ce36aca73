/** The mistakes that `npm run mutations` plants fit the sources as they are, and its table in the docs is of them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { applyChange } from '../../../../scripts/lab/mutations/apply.ts';
import { MUTATIONS } from '../../../../scripts/lab/mutations/list.ts';
import { namesIn } from '../../../../scripts/lab/mutations/table.ts';

const ROOT = join(import.meta.dirname, '../../../..');

it.each(MUTATIONS)('$name', ({ changes, tests }) => {
  for (const change of changes) {
    const source = readFileSync(join(ROOT, change.file), 'utf8');
    expect(applyChange(source, change)).not.toBe(source);
  }
  for (const test of tests) expect(existsSync(join(ROOT, test)), test).toBe(true);
});

it('are different ones', () => {
  const names = MUTATIONS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

it('are those of the table in the docs', () => {
  const page = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8');
  expect(namesIn(page)).toEqual(MUTATIONS.map(({ name }) => name));
});
