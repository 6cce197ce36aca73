/** Mistakes planted in a copy of the project, with the tests that notice them or don't. */
import { expect, it } from 'vitest';
import { fillTable, namesIn } from '../../../../scripts/lab/mutations/table.ts';
import { Workshop } from '../../../../scripts/lab/mutations/workshop.ts';
import { proofOnly } from '../../../support/needs.ts';

const STALE = {
  file: 'core/training/metric.ts',
  find: 'best.stale >= patience',
  replace: 'best.stale > patience',
};
const TEST = 'test/core/training/early-stopping.test.ts';

it('names the test that fails, and leaves the sources as they were', proofOnly, async () => {
  const workshop = new Workshop();
  try {
    const { failed } = await workshop.try([STALE], [TEST]);
    expect(failed).toMatchObject({ file: TEST, test: expect.stringContaining('isStale') });
    expect(await workshop.try([], [TEST])).toEqual({ failed: undefined });
    // Tests of something else notice nothing.
    expect(await workshop.try([STALE], ['test/core/math'])).toEqual({ failed: undefined });
    await expect(workshop.try([], ['test/core/nothing'])).rejects.toThrow('no tests ran');
  } finally {
    workshop.close();
  }
});

it('the table of what was tried has a row for each', () => {
  const tried = ['a | b', 'c'].map((name, index) => ({
    mutation: { name, changes: [STALE], tests: [TEST] },
    failed: index === 0 ? undefined : { file: TEST, test: 'isStale' },
  }));
  const page = fillTable('before\n<!-- mutations -->\nold\n<!-- end -->\nafter', tried);
  expect(page).toContain('1 of 2 are noticed.');
  expect(page).toContain(`| a \\| b | \`core/training/metric.ts\` | **nothing** |`);
  expect(page).toContain(`| c | \`core/training/metric.ts\` | \`${TEST}\` |`);
  expect(page).toMatch(/^before\n<!-- mutations -->\n[\s\S]*<!-- end -->\nafter$/);
  expect(namesIn(page)).toEqual(['a | b', 'c']);
});
