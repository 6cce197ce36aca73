/** `npm run plot`: writes a run's accuracy plot, the textbook's, as SVG. */
import { join } from 'node:path';
import { trainChunkInput } from '../../functions/schemas/payloads.ts';
import { parseWords, UsageError } from '../cli/arguments.ts';
import { reportAndExit } from '../cli/exit.ts';
import { writePlot } from '../client/run-plot.ts';
import { findTarget, TARGET_OPTIONS } from '../client/target.ts';

const HELP = `npm run plot -- RUN [options]
  RUN             the run's id, as GET /runs lists them
  --out FOLDER    where the file goes (default: plots in the data folder)
  --stack NAME    a run in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)`;

const OPTIONS = {
  ...TARGET_OPTIONS,
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

async function main(): Promise<number> {
  const { words, options } = parseWords(process.argv.slice(2), OPTIONS);
  if (words.length > 1) throw new UsageError(`one run at a time, got ${words.join(' ')}`);
  const [runId] = words;
  if (options.help === true) {
    console.log(HELP);
    return 0;
  }
  if (runId === undefined) throw new UsageError(HELP);
  if (!trainChunkInput.shape.runId.safeParse(runId).success) {
    throw new UsageError(`RUN: got ${JSON.stringify(runId.slice(0, 80))}, expected 1-80 of A-Z a-z 0-9 _ -`);
  }
  const store = (await findTarget({ stack: options.stack, data: options.data })).store();
  const path = await writePlot(store, runId, options.out ?? join(options.data, 'plots'));
  console.log(path);
  return 0;
}

reportAndExit(main);
