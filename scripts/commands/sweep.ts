/**
 * `npm run sweep`: trains many configs in the running local cloud or, with `--stack`, in AWS, shows how far they are, and
 * prints how they compare.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { KEYS } from '../../functions/contract/keys.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { newRunName } from '../../functions/executions/names.ts';
import { parsePayload } from '../../functions/schemas/parse.ts';
import { promoteModelOutput } from '../../functions/schemas/payloads.ts';
import { leaderboard, planSweepInput, sweepInput } from '../../functions/schemas/sweep.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { findDocument } from '../../functions/store/verified.ts';
import { checkName, type Options, orUsageError, readConfigFile, UsageError } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { describeFailure, describePromotion, startExecution } from '../client/run.ts';
import { SweepWatch } from '../client/sweep-watch.ts';
import { findTarget, TARGET_OPTIONS } from '../client/target.ts';
import { fitColumns } from '../support/columns.ts';
import { JSON_OPTION, printResult, talkOnStandardError } from '../support/result.ts';
import { describeLeaderboard, describeProgress } from './describe-sweep.ts';

const HELP = `npm run sweep -- --config FILE [options]
  --config FILE   what is tried, as JSON, e.g.
                  {"config": {"iterations": 6000}, "grid": {"learningRate": [0.05, 0.1], "batchSize": [50, 100]}} or
                  {"random": {"samples": 20, "seed": 1, "space": {"learningRate": {"min": 0.01, "max": 1, "log": true}}},
                   "halving": {"firstIterations": 600, "eta": 3}, "maxDollars": 0.01, "model": "mnist"}
  --stack NAME    in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER   the local cloud's data folder (default .stepnet)
  --name NAME     the sweep's id (default: sweep and time)
  --json          the leaderboard and what was promoted, as JSON; all else goes to standard error`;
const POLL_MS = 1000;

const OPTIONS = {
  ...TARGET_OPTIONS,
  ...JSON_OPTION,
  config: { type: 'string' },
  name: { type: 'string' },
} as const;

async function sweep(options: Options<typeof OPTIONS>, words: string[]): Promise<undefined> {
  if (words.length > 0 || options.config === undefined) throw new UsageError(HELP);
  if (options.json === true) talkOnStandardError();
  const input = readConfigFile(options.config);
  checkName('--name', options.name, planSweepInput.shape.sweepId);
  orUsageError(() => parsePayload(sweepInput, input, 'sweep'));
  const { name = newRunName('sweep') } = options;
  const target = await findTarget(options, 'sweep');
  const stateMachineArn = target.output(OUTPUTS.sweepStateMachine);
  const executionArn = await startExecution({ client: target.client, stateMachineArn, name, input });
  console.log(`sweep ${name} started`);
  const store = target.store();
  const execution = await follow(target.client, executionArn, store, name);
  const board = await findDocument(store, leaderboard, KEYS.sweepLeaderboard(name));
  if (board !== undefined) console.log(fitColumns(describeLeaderboard(board)));
  if (execution.status !== 'SUCCEEDED') throw new Error(describeFailure(`sweep ${name}`, execution));
  const outcome = promoteModelOutput.parse(JSON.parse(execution.output!));
  if (options.json === true) printResult({ leaderboard: board, outcome });
  else console.log(describePromotion(outcome, target.options));
}

/** Prints a line whenever runs have ended. @returns the execution when it has */
async function follow(client: SFNClient, executionArn: string, store: ObjectStore, name: string) {
  const watch = new SweepWatch(store, name);
  let shown = '';
  for (;;) {
    const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
    const progress = await watch.look();
    const line = progress === undefined ? '' : describeProgress(progress);
    if (line !== shown) console.log(line);
    shown = line;
    if (execution.status !== 'RUNNING') return execution;
    await sleep(POLL_MS);
  }
}

runCommand(HELP, OPTIONS, sweep);
