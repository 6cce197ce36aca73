/** The table of docs/recipes.md is of what was recorded of the recipes as they are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allRecipes, digestOf } from '../../../../scripts/lab/recipes/files.ts';
import {
  fillRecipesTable,
  type RecordedRecipe,
  type RecordedRecipes,
  recipesTable,
} from '../../../../scripts/lab/recipes/recorded.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const recorded = JSON.parse(
  readFileSync(join(ROOT, 'scripts/lab/recipes/recorded.json'), 'utf8'),
) as RecordedRecipes;

it('the page says what is recorded', () => {
  const page = readFileSync(join(ROOT, 'docs/recipes.md'), 'utf8');
  expect(fillRecipesTable(page, allRecipes(), recorded)).toBe(page);
});

it('what is recorded is of recipes that are there, as they are', () => {
  const now = Object.fromEntries(allRecipes().map(({ name, file }) => [name, digestOf(file)]));
  for (const [name, { config }] of Object.entries(recorded)) expect(config, name).toBe(now[name]);
});

it('a page without a place for it is refused', () => {
  expect(() => fillRecipesTable('# Recipes', [], {})).toThrow('<!-- recipes -->');
});

it('has mean and standard deviation of the seeds, and says what is not measured', () => {
  const one: RecordedRecipe = {
    config: 'abc',
    date: '2026-12-01',
    cpu: 'CPU 9',
    threads: 2,
    loadBefore: 0.3,
    accuracies: [0.99, 0.992, 0.997],
    seconds: 12.345,
    lambda: { dollars: 0.00123, seconds: 30.6 },
  };
  const recipe = (name: string) => ({ name, dataset: 'mnist', network: '784-50-10', epochs: 3 });
  const lines = recipesTable([recipe('a'), recipe('b'), recipe('c')], {
    a: one,
    c: { ...one, loadBefore: 7 },
  }).split('\n');
  expect(lines[2]).toBe(
    '| [a](recipes/a.json) | mnist | 784-50-10 | 3 | 99.30 ± 0.36 % | 12.3 s | 31 s, $0.0012 |',
  );
  expect(lines[3]).toBe('| [b](recipes/b.json) | mnist | 784-50-10 | 3 | not measured |  |  |');
  expect(lines.at(-1)).toBe(
    'Measured with 3 seeds on 2026-12-01, 2 threads of CPU 9: a. ' +
      'Measured with 3 seeds on 2026-12-01, 2 threads of CPU 9; other work took part in its times: c.',
  );
});
