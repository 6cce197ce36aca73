/** `npm run runs`: what runs there are and how they stand, in the local cloud or, with `--stack`, in AWS. */
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { describeSweepRun, stopRun } from '../../functions/executions/at-work.ts';
import { executionsOf } from '../../functions/executions/step-functions.ts';
import { rebuildIndex } from '../../functions/run-index/fold.ts';
import { checkName, type Options, UsageError, wholeNumber } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { executionsAtWork } from '../client/executions.ts';
import { showToItsEnd } from '../client/run.ts';
import { evaluationsOf, getRun, newestRuns, stateOf } from '../client/runs.ts';
import { findTarget, TARGET_OPTIONS, type Target } from '../client/target.ts';
import { fitColumns } from '../support/columns.ts';
import { JSON_OPTION, printResult, talkOnStandardError, tell } from '../support/result.ts';
import { describeRun, describeRuns } from './describe-runs.ts';

const HELP = `npm run runs -- COMMAND [options]
  list                      the newest runs, with the fields of their configs that differ
    --limit N               how many of them (default 20)
  show RUN                  how a run stands, and its evaluations
  compare RUN RUN...        these runs beside each other, the best first
  follow RUN                shows a run that is under way until it ends
  reindex                   makes the index of runs anew, which lists read; for what was changed by hand
  stop RUN                  ends its execution; what it has stored stays, and it says under which name to go on
  --json                    the result of any of them as JSON; what follow shows goes to standard error
  --stack NAME              in the cloud: the name the app was deployed under (default: the running local cloud)
  --data FOLDER             the local cloud's data folder (default .stepnet)`;

const OPTIONS = { ...TARGET_OPTIONS, ...JSON_OPTION, limit: { type: 'string' } } as const;
const LIMIT = 20;

type Act = (target: Target, ids: string[], options: Options<typeof OPTIONS>) => Promise<void>;
/** How many runs each command takes, at least and at most, and what it does. */
const COMMANDS: Readonly<Record<string, [least: number, most: number, act: Act]>> = {
  list: [0, 0, list],
  show: [1, 1, show],
  compare: [2, Number.POSITIVE_INFINITY, compare],
  follow: [1, 1, follow],
  stop: [1, 1, stop],
  reindex: [0, 0, reindex],
};

async function runs(options: Options<typeof OPTIONS>, [command = '', ...ids]: string[]): Promise<undefined> {
  const [least, most, act] = Object.hasOwn(COMMANDS, command) ? COMMANDS[command]! : [1, 0, undefined];
  if (act === undefined || ids.length < least || ids.length > most) throw new UsageError(HELP);
  for (const id of ids) checkName('RUN', id);
  if (options.limit !== undefined && command !== 'list') throw new UsageError('--limit: goes with list');
  if (options.json === true) talkOnStandardError();
  await act(await findTarget(options), ids, options);
}

const atWork = (target: Target) => executionsAtWork(target.client, target.output(OUTPUTS.stateMachine));

async function list(target: Target, _ids: string[], { limit, json }: Options<typeof OPTIONS>): Promise<void> {
  const most = limit === undefined ? LIMIT : wholeNumber('--limit', limit, 1);
  const [found, working] = await Promise.all([newestRuns(target.store(), most), atWork(target)]);
  if (json === true) printResult(found.map((run) => ({ ...run, state: stateOf(run, working) })));
  else console.log(found.length === 0 ? 'there is no run yet' : fitColumns(describeRuns(found, working)));
}

async function show(target: Target, [id = '']: string[], { json }: Options<typeof OPTIONS>): Promise<void> {
  const store = target.store();
  const run = await getRun(store, id);
  const evaluations = await evaluationsOf(store, id);
  const state = stateOf(run, await atWork(target));
  if (json === true) printResult({ ...run, state, evaluations });
  else console.log(fitColumns(describeRun(run, evaluations, state)));
}

async function compare(target: Target, ids: string[], { json }: Options<typeof OPTIONS>): Promise<void> {
  const store = target.store();
  const found = await Promise.all(ids.map((id) => getRun(store, id)));
  // By accuracy, and of regressions by the loss; runs without a figure come last.
  const rank = ({ evaluated }: (typeof found)[number]) =>
    evaluated === undefined ? -Infinity : (evaluated.testAccuracy ?? -evaluated.testLoss!);
  found.sort((a, b) => rank(b) - rank(a));
  const working = await atWork(target);
  if (json === true) printResult(found.map((run) => ({ ...run, state: stateOf(run, working) })));
  else console.log(fitColumns(describeRuns(found, working)));
}

async function follow(target: Target, [id = '']: string[], { json }: Options<typeof OPTIONS>): Promise<void> {
  const { config, status } = await getRun(target.store(), id);
  const executionArn = (await atWork(target)).get(id);
  if (executionArn === undefined) {
    throw new Error(`no execution works on run ${id}, whose status says ${status?.state ?? 'nothing yet'}`);
  }
  const request = { ...target, name: id, input: { ...config?.config }, json };
  await showToItsEnd('run', request, executionArn, 'goes on');
}

async function stop(target: Target, [id = '']: string[], { json }: Options<typeof OPTIONS>): Promise<void> {
  const executions = executionsOf(target.output(OUTPUTS.stateMachine), target.client);
  const stop = await stopRun({ store: target.store(), executions, now: () => new Date() }, id);
  if (stop.outcome === 'unknown') throw new Error(`there is no run ${id}`);
  if (stop.outcome === 'ofSweep') throw new Error(describeSweepRun(id, stop.sweep));
  const isIdle = stop.outcome === 'ended' || stop.names.length === 0;
  if (isIdle) throw new Error(`no execution works on run ${id}`);
  const how = `npm run train -- --name ${stop.next}${target.options} with the same config goes on with it`;
  tell(json, `run ${id} is stopped; ${how}`, { runId: id, stopped: stop.names, next: stop.next });
}

async function reindex(target: Target): Promise<void> {
  const runs = await rebuildIndex(target.store(), new Date());
  console.log(`the index has ${runs} run${runs === 1 ? '' : 's'}`);
}

runCommand(HELP, OPTIONS, runs);
