/** `npm run plot`: writes a run's accuracy plot, the textbook's, as SVG. */
import { join } from 'node:path';
import { checkName, type Options, UsageError } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { writePlot } from '../client/run-plot.ts';
import { findTarget, TARGET_OPTIONS } from '../client/target.ts';
import { JSON_OPTION, tell } from '../support/result.ts';

const HELP = `npm run plot -- RUN [options]
  RUN             the run's id, as GET /runs lists them
  --out FOLDER    where the file goes (default: plots in the data folder)
  --json          the file's path as JSON
  --stack NAME    a run in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)`;

const OPTIONS = {
  ...TARGET_OPTIONS,
  ...JSON_OPTION,
  out: { type: 'string' },
} as const;

async function plot(options: Options<typeof OPTIONS>, words: string[]): Promise<undefined> {
  if (words.length > 1) throw new UsageError(`one run at a time, got ${words.join(' ')}`);
  const [runId] = words;
  if (runId === undefined) throw new UsageError(HELP);
  checkName('RUN', runId);
  const store = (await findTarget(options)).store();
  const path = await writePlot(store, runId, options.out ?? join(options.data, 'plots'));
  tell(options.json, path, { path });
}

runCommand(HELP, OPTIONS, plot);
