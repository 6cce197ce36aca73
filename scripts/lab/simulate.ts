/** `npm run simulate`: the whole pipeline under faults that seeds draw, and what must hold whatever happens. */
import { join } from 'node:path';
import { synthesize } from '../build/synthesize.ts';
import { type Options, texts, UsageError, wholeNumber } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { loadApp } from './simulate/app.ts';
import { findExpected } from './simulate/expected.ts';
import { findMistakes } from './simulate/find-mistakes.ts';
import { simulate } from './simulate/simulation.ts';
import { Tally } from './simulate/tally.ts';

const HELP = `npm run simulate -- [options]
  --seed N    first seed (default 1); alone: that one, with a trace of all that happens
  --runs M    seeds, one after the other (default 100, or 1 with --seed)
  --trace     the trace also where all went well
  --mistakes  instead, which seed finds each of the mistakes that are planted in the sources
  --only TEXT with --mistakes, those whose name or file has this in it`;

/** The synthesized app, kept until a source changes. */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/stepnet-simulate');
const MOST_SEED = 2 ** 32 - 1;
const PROGRESS_MS = 10_000;

const OPTIONS = {
  ...texts('seed', 'runs', 'only'),
  trace: { type: 'boolean' },
  mistakes: { type: 'boolean' },
} as const;

async function simulateSeeds(values: Options<typeof OPTIONS>, words: string[]): Promise<number> {
  if (words.length > 0) throw new UsageError(HELP);
  const first = wholeNumber('--seed', values.seed ?? '1', 1, MOST_SEED);
  const runs = wholeNumber('--runs', values.runs ?? (values.seed === undefined ? '100' : '1'), 1, MOST_SEED);
  const isTraced = values.trace === true || (values.seed !== undefined && values.runs === undefined);

  const { assembly } = await synthesize(CACHE);
  const app = await loadApp(assembly);
  const expected = await findExpected(app);
  if (values.mistakes === true) {
    for await (const { mistake, seed, violation = '' } of findMistakes(assembly, expected, values.only)) {
      console.log(`| ${mistake.name} | ${seed ?? '–'} |  ${violation.split('\n')[0]}`);
    }
    return 0;
  }
  const tally = new Tally();
  let reported = performance.now();
  for (let seed = first; seed < first + runs; seed++) {
    const report = await simulate(app, expected, seed);
    tally.add(report);
    const isBad = report.violations.length > 0;
    if (isTraced || isBad) console.log(report.trace.join('\n'));
    if (isBad) {
      console.log(
        `\nseed ${seed} is not survived:\n${report.violations.map((text) => `  ${text}`).join('\n')}`,
      );
      console.log(`\nreplay it with\n  npm run simulate -- --seed ${seed}\n`);
      console.log(tally.summary());
      return 1;
    }
    if (performance.now() - reported > PROGRESS_MS) {
      reported = performance.now();
      console.log(`${seed - first + 1} of ${runs} seeds survived`);
    }
  }
  console.log(tally.summary());
  return 0;
}

runCommand(HELP, OPTIONS, simulateSeeds);
