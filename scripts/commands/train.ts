/**
 * `npm run train`: starts a run in the deployed cloud (`--stack`) or in the running local cloud, and follows it; with
 * `--csv` on a table of one's own.
 */
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { executionName } from '../../functions/schemas/parts.ts';
import { checkInput, checkName, type Options, UsageError } from '../cli/arguments.ts';
import { runInputCommand } from '../cli/command.ts';
import { findRunningExecution } from '../client/executions.ts';
import { TABLE_OPTIONS } from '../client/own-table.ts';
import { checkBegun, newRunName, showToItsEnd, startAndShow } from '../client/run.ts';
import { findTarget, TARGET_OPTIONS, type Target } from '../client/target.ts';
import { readLocalCloud } from '../cloud/connection.ts';
import { JSON_OPTION, talkOnStandardError } from '../support/result.ts';
import { shellWord } from '../support/shell.ts';
import { type OwnData, prepareTable } from './own-data.ts';

const HELP = `npm run train -- [FILE.json] [options]
  --stack NAME    train in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)
  --config FILE   the run's config as JSON, as FILE.json
  --<field> VALUE one field of it, e.g. --iterations 2000 --learning-rate 0.2 --hidden 100,50
  --name NAME     the run's id (default: dataset and time); one that runs with this config is followed
  --json          what came of it as JSON; all else goes to standard error

A table of your own, for which the config is made and kept as NAME.json (NAME: --dataset, or the file's):
  --csv FILE      CSV, also gzipped; columns, types and how it is written are found out and shown
  --target COLUMN what is to be predicted
  --test FILE     the test set (default: a fifth of the rows)
  --test-share N  share of the rows that are the test set (default 0.2)
  --split-seed N  deals the rows otherwise (default 0)
  --ignore NAMES  columns to leave out, with commas between
  --type NAME=T   what a column is: numeric, categorical or ignore; once for each
  --task WHAT     classification or regression
  --delimiter D   , ; tab or |
  --decimal D     . or ,
  --header WHAT   yes or no
  --dry-run       only show what would be trained`;

const OPTIONS = {
  ...TARGET_OPTIONS,
  ...TABLE_OPTIONS,
  ...JSON_OPTION,
  name: { type: 'string' },
  csv: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;
type TrainOptions = Options<typeof OPTIONS>;

async function train(given: Record<string, unknown>, options: TrainOptions): Promise<undefined> {
  checkName('--name', options.name, executionName);
  checkOwn(options);
  if (options.json === true) talkOnStandardError();
  let target: Target | undefined;
  const found = async () => {
    target ??= await findTarget(options);
    return target;
  };
  const isDry = options['dry-run'] === true;
  const own =
    options.csv === undefined
      ? undefined
      : // Without the fields that are not given.
        await prepareTable(
          given,
          JSON.parse(JSON.stringify(options)),
          isDry ? undefined : async () => (await found()).store(),
        );
  const input = own?.input ?? given;
  const config = checkInput(input);
  if (isDry) return undefined;
  await startRun(input, config, options, await found());
  if (own !== undefined) console.log(await exampleOf(own, config.model, options));
}

async function startRun(
  input: Record<string, unknown>,
  config: ReturnType<typeof checkInput>,
  options: TrainOptions,
  target: Target,
): Promise<void> {
  const { name = newRunName(datasetName(config.dataset)) } = options;
  const stateMachineArn = target.output(OUTPUTS.stateMachine);
  const request = { ...target, stateMachineArn, name, input, json: options.json };
  // What a name given by hand means may run already.
  const running =
    options.name === undefined
      ? undefined
      : await findRunningExecution(target.client, stateMachineArn, config, name);
  if (running !== undefined) {
    await showToItsEnd('run', request, running.executionArn, 'goes on');
    return;
  }
  await checkBegun(target.store(), name);
  await startAndShow('run', request);
}

/** Options that mean nothing without a file. */
function checkOwn({ csv, 'dry-run': dryRun, ...options }: TrainOptions): void {
  if (csv !== undefined) return;
  const names = [...Object.keys(TABLE_OPTIONS)] as (keyof typeof TABLE_OPTIONS)[];
  const wrong = dryRun === true ? 'dry-run' : names.find((name) => options[name] !== undefined);
  if (wrong !== undefined) throw new UsageError(`--${wrong}: goes with --csv FILE`);
}

/** A request that a shell takes as it is, here; in AWS, where it is signed, what its body is. */
async function exampleOf({ example }: OwnData, model: string, { stack, data }: TrainOptions) {
  const body = shellWord(JSON.stringify({ rows: [example] }));
  const path = `/predict?model=${model}`;
  if (stack !== undefined) {
    return `predict with a signed POST to ${path} (docs/deploy.md): ${body}`;
  }
  const { endpoints } = await readLocalCloud(data);
  return `predict with\n\n  curl -s '${endpoints.http}${path}' -H 'content-type: application/json' -d ${body}\n`;
}

runInputCommand(HELP, OPTIONS, train);
