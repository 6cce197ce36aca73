/** `npm run mutations`: plants mistakes one after the other and says which test notices each. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Options, texts, UsageError, wholeNumber } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { MUTATIONS } from './mutations/list.ts';
import { fillTable, rowOf, type Tried } from './mutations/table.ts';
import { Workshop } from './mutations/workshop.ts';

const HELP = `npm run mutations -- [options]
  --only TEXT    mistakes whose name, file or test has this in it (default: all)
  --jobs N       mistakes at a time (default 1); each takes about as many processors as npm test
  --write        puts the table into docs/reliability.md; not with --only`;

/** Of all mistakes, which tests have to notice. */
const LEAST_NOTICED = 0.95;
const PAGE = join(import.meta.dirname, '../../docs/reliability.md');

const OPTIONS = { ...texts('only', 'jobs'), write: { type: 'boolean' } } as const;

async function plantAll(options: Options<typeof OPTIONS>, words: string[]): Promise<number> {
  if (words.length > 0) throw new UsageError(HELP);
  const { only, jobs = '1', write = false } = options;
  if (write && only !== undefined)
    throw new UsageError('--write: the table is of all mistakes, expected no --only');
  const count = wholeNumber('--jobs', jobs, 1, 16);
  const chosen = MUTATIONS.filter((mutation) => JSON.stringify(mutation).includes(only ?? ''));
  if (chosen.length === 0)
    throw new Error(`--only: got ${only}, which is in no mistake's name, file or test`);
  const workshops = Array.from({ length: count }, () => new Workshop());
  try {
    const tests = [...new Set(chosen.flatMap((mutation) => mutation.tests))];
    const { failed } = await workshops[0]!.try([], tests);
    // Else each mistake would count as noticed.
    if (failed !== undefined) throw new Error(`without any mistake, this fails: ${failed.test}`);
    const tried: Tried[] = [];
    const left = [...chosen.entries()];
    const work = async (workshop: Workshop): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [index, mutation] = next;
        const verdict = await workshop.try(mutation.changes, mutation.tests);
        tried[index] = { mutation, failed: verdict.failed };
        console.log(rowOf(tried[index]));
      }
    };
    await Promise.all(workshops.map(work));
    const noticed = tried.filter((each) => each.failed !== undefined).length;
    console.log(`${noticed} of ${chosen.length} mistakes were noticed`);
    if (write) writeFileSync(PAGE, fillTable(readFileSync(PAGE, 'utf8'), tried));
    return noticed >= LEAST_NOTICED * chosen.length ? 0 : 1;
  } finally {
    for (const workshop of workshops) workshop.close();
  }
}

runCommand(HELP, OPTIONS, plantAll);
