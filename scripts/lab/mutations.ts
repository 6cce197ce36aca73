/** `npm run mutations`: plants mistakes one after the other and says which test notices each. */
import { type Options, texts, UsageError } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { MUTATIONS } from './mutations/list.ts';
import { Workshop } from './mutations/workshop.ts';

const HELP = `npm run mutations -- [options]
  --only TEXT    mistakes whose name, file or test has this in it (default: all)`;

/** Of all mistakes, which tests have to notice. */
const LEAST_NOTICED = 0.95;

const OPTIONS = texts('only');

async function plantAll({ only = '' }: Options<typeof OPTIONS>, words: string[]): Promise<number> {
  if (words.length > 0) throw new UsageError(HELP);
  const chosen = MUTATIONS.filter((mutation) => JSON.stringify(mutation).includes(only));
  if (chosen.length === 0)
    throw new Error(`--only: got ${only}, which is in no mistake's name, file or test`);
  const workshop = new Workshop();
  try {
    const tests = [...new Set(chosen.flatMap((mutation) => mutation.tests))];
    const { failed } = await workshop.try([], tests);
    // Else each mistake would count as noticed.
    if (failed !== undefined) throw new Error(`without any mistake, this fails: ${failed}`);
    console.log('| mistake | file | noticed by |\n| --- | --- | --- |');
    let noticed = 0;
    for (const mutation of chosen) {
      const verdict = await workshop.try(mutation.changes, mutation.tests);
      if (verdict.failed !== undefined) noticed++;
      const files = [...new Set(mutation.changes.map(({ file }) => `\`${file}\``))].join(', ');
      console.log(`| ${mutation.name} | ${files} | ${inCell(verdict.failed)} |`);
    }
    console.log(`\n${noticed} of ${chosen.length} mistakes were noticed`);
    return noticed >= LEAST_NOTICED * chosen.length ? 0 : 1;
  } finally {
    workshop.close();
  }
}

const inCell = (failed: string | undefined): string =>
  failed === undefined ? '**nothing**' : failed.replaceAll('|', '\\|').slice(0, 160);

runCommand(HELP, OPTIONS, plantAll);
