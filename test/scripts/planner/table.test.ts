import { expect, it } from 'vitest';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import { choose } from '../../../scripts/planner/choose.ts';
import { jobOf, sizeFromCatalogue, withWorkers } from '../../../scripts/planner/describe-job.ts';
import { describeChoice } from '../../../scripts/planner/table.ts';
import { question } from './jobs.ts';

const size = sizeFromCatalogue(DEFAULT_JOB, {});

/** The lines below the table of a choice among these numbers of workers, of which so many run at a time. */
function notes(workers: number[], atOnce: number): string[] {
  const choice = choose(question(), (k) => jobOf(withWorkers(DEFAULT_JOB, k), size), [1769], workers);
  return describeChoice(choice, atOnce)
    .split('\n')
    .filter((line) => /^(of more than|a new)/.test(line));
}
const ACCOUNT = 'a new AWS account runs 10 functions at a time: ';

it('says what workers leave of a new account', () => {
  expect(notes([1], 8)).toEqual([]);
  expect(notes([1, 4], 8)).toEqual([`${ACCOUNT}4 workers at once leave 6 to predictions and other jobs`]);
  expect(notes([1, 16], 8)).toEqual([
    expect.stringMatching(/^of more than 8 workers some wait for others; -c workersAtOnce deploys more/),
    `${ACCOUNT}8 workers at once leave 2 to predictions and other jobs`,
  ]);
  expect(notes([10], 12)).toEqual([`${ACCOUNT}10 workers at once leave none to predictions and other jobs`]);
  expect(notes([16], 20)).toEqual([
    `${ACCOUNT}16 workers at once leave none to predictions and other jobs, and 6 of them wait`,
  ]);
});
