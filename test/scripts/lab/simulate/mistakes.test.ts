/** The mistakes that the simulation has to find: that they are planted as they are meant, and found. */
import { readFileSync } from 'node:fs';
import { expect, inject, it } from 'vitest';
import { applyChange } from '../../../../scripts/lab/mutations/apply.ts';
import { loadApp } from '../../../../scripts/lab/simulate/app.ts';
import { findExpected } from '../../../../scripts/lab/simulate/expected.ts';
import { findMistakes } from '../../../../scripts/lab/simulate/find-mistakes.ts';
import { MISTAKES, MOST_SEEDS } from '../../../../scripts/lab/simulate/mistakes.ts';
import { proofOnly } from '../../../support/needs.ts';

/** Of all; those that hide stand in the docs, too. */
const LEAST_FOUND = 28;

it.each(MISTAKES)('can be planted: $name', ({ changes }) => {
  for (const change of changes) applyChange(readFileSync(change.file, 'utf8'), change);
});

it('stand in the docs, all of them, with the seed that finds each', () => {
  const page = readFileSync('docs/reliability.md', 'utf8');
  const [, table = ''] = /\| mistake \| found at seed \|\n\| --- \| --- \|\n((?:\|.*\|\n)+)/.exec(page) ?? [];
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(rows.map(([, name]) => name)).toEqual(MISTAKES.map(({ name }) => name));
  for (const [, name, seed] of rows) {
    // A dash where it has not been looked for yet, or nothing has found it.
    const isKnown = seed === '–' || (Number(seed) >= 1 && Number(seed) <= MOST_SEEDS);
    expect(isKnown, `${name}: ${seed}`).toBe(true);
  }
});

it(`are found by the simulation, at least ${LEAST_FOUND} of ${MISTAKES.length} within ${MOST_SEEDS} seeds each`, {
  ...proofOnly,
  timeout: 3_600_000,
}, async () => {
  const expected = await findExpected(await loadApp(inject('assembly')));
  let found = 0;
  for await (const { seed } of findMistakes(inject('assembly'), expected)) if (seed !== undefined) found++;
  expect(found).toBeGreaterThanOrEqual(LEAST_FOUND);
});
