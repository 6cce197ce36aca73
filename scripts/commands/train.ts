/**
 * `npm run train`: starts a run in the deployed cloud (`--stack`) or in the local cloud, and follows it; with `--csv` on a
 * table of one's own. Where no local cloud runs, it starts one and serves the model.
 */
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { newRunName } from '../../functions/executions/names.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import { executionName } from '../../functions/schemas/parts.ts';
import { checkInput, checkName, type Options, UsageError } from '../cli/arguments.ts';
import { type JobInput, runInputCommand } from '../cli/command.ts';
import { findRunningExecution } from '../client/executions.ts';
import { TABLE_OPTIONS } from '../client/own-table.ts';
import { checkBegun, showOutcome, showToItsEnd, startExecution } from '../client/run.ts';
import { findRunToTrain } from '../client/run-to-train.ts';
import { TARGET_OPTIONS, type Target } from '../client/target.ts';
import { readLocalCloud } from '../cloud/connection.ts';
import { JSON_OPTION, talkOnStandardError } from '../support/result.ts';
import { shellWord } from '../support/shell.ts';
import { checkedPrediction, imageCurl } from './example.ts';
import type { LocalApp } from './local-app.ts';
import { prepareTable } from './own-data.ts';
import { atPlace } from './place.ts';
import { PORT_OPTIONS, parsePorts } from './ports.ts';
import { asCurl, checkAnswer, type ExampleRow, type Question, rowQuestion, usualRow } from './question.ts';

const HELP = `npm run train -- [FILE.json] [options]
  --stack NAME    train in the cloud: the name the app was deployed under (default: the local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet); where none runs there, this command starts one,
                  and serves the model when it is trained
  --exit          don't serve it: end after one checked prediction (exit code 0 or 1), as with --json
  --port N        port of a local cloud that this command starts (default 3000); 0 picks free ones
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
  ...PORT_OPTIONS,
  name: { type: 'string' },
  exit: { type: 'boolean' },
  csv: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;
type TrainOptions = Options<typeof OPTIONS>;

async function train(given: Record<string, unknown>, options: TrainOptions): Promise<number> {
  checkName('--name', options.name, executionName);
  checkOwn(options);
  if (options.exit === true && options.stack !== undefined) {
    throw new UsageError('--exit: goes with a local cloud; with --stack the command ends by itself');
  }
  const ports = parsePorts(options);
  if (options.json === true) talkOnStandardError();
  return atPlace(options, ports, async (place) => {
    const isDry = options['dry-run'] === true;
    const own =
      options.csv === undefined
        ? undefined
        : // Without the fields that are not given.
          await prepareTable(
            given,
            JSON.parse(JSON.stringify(options)),
            isDry ? undefined : async () => (await place.target()).store(),
          );
    const input = own?.input ?? given;
    const config = checkInput(input);
    if (isDry) return 0;
    const target = await place.target();
    await trainRun({ input, config }, options, target, place.app);
    if (place.app !== undefined) return serve(config, own?.example, options, target, place.app);
    if (own !== undefined)
      console.log(await describeQuestion(rowQuestion(config.model, own.example), options));
    return 0;
  });
}

async function trainRun(
  { input, config }: JobInput,
  options: TrainOptions,
  target: Target,
  app: LocalApp | undefined,
): Promise<void> {
  const stateMachineArn = target.output(OUTPUTS.stateMachine);
  const request = { ...target, stateMachineArn, input, json: options.json };
  if (options.name !== undefined) await checkBegun(target.store(), options.name);
  if (app !== undefined && options.name === undefined) {
    // As npm start does: what was interrupted on this folder goes on.
    const run = await findRunToTrain({ ...request, config }, app.cloud.endpoints.http);
    const arn = await run.begin();
    await showOutcome('run', { ...request, name: run.runId }, arn, run.isNew ? 'started' : 'goes on');
    return;
  }
  const { name = newRunName(datasetName(config.dataset)) } = options;
  // What a name given by hand means may run already.
  const running =
    options.name === undefined
      ? undefined
      : await findRunningExecution(target.client, stateMachineArn, config, name);
  const [arn, verb] =
    running === undefined
      ? ([await startExecution({ ...request, name }), 'started'] as const)
      : ([running.executionArn, 'goes on'] as const);
  // The end of a local cloud of its own is the end of the command.
  const show = app === undefined ? showToItsEnd : showOutcome;
  await show('run', { ...request, name }, arn, verb);
}

/** Says how the model is asked, until somebody ends the command; with `--exit` it is asked once instead. */
async function serve(
  config: JobConfig,
  example: ExampleRow | undefined,
  options: TrainOptions,
  target: Target,
  app: LocalApp,
): Promise<number | 'serve'> {
  const { http } = app.cloud.endpoints;
  const row = example ?? (await usualRow(target.store(), config));
  if (options.exit === true || options.json === true) {
    if (row === undefined) return checkedPrediction(http, config);
    return checkAnswer(http, rowQuestion(config.model, row));
  }
  const curl =
    row !== undefined
      ? asCurl(http, rowQuestion(config.model, row))
      : config.dataset === 'mnist'
        ? imageCurl(http, config.model, options.data)
        : undefined;
  const asked = curl === undefined ? '' : `; predict with\n\n  ${curl}\n`;
  console.log(`\nserving on ${http} until Ctrl-C, with a page for browsers${asked}`);
  return 'serve';
}

/** Options that mean nothing without a file. */
function checkOwn({ csv, 'dry-run': dryRun, ...options }: TrainOptions): void {
  if (csv !== undefined) return;
  const names = [...Object.keys(TABLE_OPTIONS)] as (keyof typeof TABLE_OPTIONS)[];
  const wrong = dryRun === true ? 'dry-run' : names.find((name) => options[name] !== undefined);
  if (wrong !== undefined) throw new UsageError(`--${wrong}: goes with --csv FILE`);
}

/** A request that a shell takes as it is, here; in AWS, where it is signed, what its body is. */
async function describeQuestion(question: Question, { stack, data }: TrainOptions): Promise<string> {
  if (stack !== undefined) {
    return `predict with a signed POST to ${question.path} (docs/deploy.md): ${shellWord(question.body)}`;
  }
  const { endpoints } = await readLocalCloud(data);
  return `predict with\n\n  ${asCurl(endpoints.http, question)}\n`;
}

runInputCommand(HELP, OPTIONS, train);
