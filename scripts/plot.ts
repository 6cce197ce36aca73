/** `npm run plot`: writes a run's accuracy plot, the deck's, as SVG and PNG. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { trainChunkInput } from '../functions/shared/schemas.ts';
import { UsageError } from './cli/arguments.ts';
import { reportAndExit } from './cli/exit.ts';
import { findTarget, TARGET_OPTIONS } from './cli/target.ts';
import { writePlots } from './plot/files.ts';

const HELP = `npm run plot -- RUN [options]
  RUN             the run's id, as GET /runs lists them
  --out FOLDER    where the files go (default: plots in the data folder)
  --stack NAME    a run in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)`;

async function main(): Promise<number> {
  const { runId, options } = readArguments(process.argv.slice(2));
  if (options.help === true) {
    console.log(HELP);
    return 0;
  }
  if (runId === undefined) throw new UsageError(HELP);
  if (!trainChunkInput.shape.runId.safeParse(runId).success) {
    throw new UsageError(`RUN: got ${JSON.stringify(runId.slice(0, 80))}, expected 1-80 of A-Z a-z 0-9 _ -`);
  }
  const store = (await findTarget({ stack: options.stack, data: options.data })).store();
  const paths = await writePlots(store, runId, options.out ?? join(options.data, 'plots'));
  console.log(paths.join('\n'));
  return 0;
}

/** @throws UsageError for an unknown option or a second run */
function readArguments(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ...TARGET_OPTIONS, out: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (positionals.length > 1) throw new Error(`one run at a time, got ${positionals.join(' ')}`);
    return { runId: positionals[0], options: values };
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

reportAndExit(main);
