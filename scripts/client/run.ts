/** Starts an execution with a config and follows it to its end; used by `npm start` and `npm run train` alike. */
import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { z } from 'zod';
import { KEYS } from '../../functions/contract/keys.ts';
import { DEFAULT_JOB, jobOf } from '../../functions/schemas/config.ts';
import { readableCause } from '../../functions/schemas/parse.ts';
import { notBegun } from '../../functions/schemas/parts.ts';
import { promoteModelOutput } from '../../functions/schemas/payloads.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { colour } from '../support/colour.ts';
import { figure } from '../support/columns.ts';
import { printResult } from '../support/result.ts';
import { followExecution, type RunEvent } from './follow.ts';
import { type ProgressOutput, ProgressReporter } from './progress.ts';
import { RunMetrics } from './run-metrics.ts';

type Promoted = z.output<typeof promoteModelOutput>;

export interface RunRequest {
  client: SFNClient;
  stateMachineArn: string;
  /** Execution name, and so the run's id. */
  name: string;
  /** The state machine's input. */
  input: Record<string, unknown>;
  /** Those of the target, for what is printed. */
  options?: string;
  /** The app's bucket, where the run leaves its evaluations. */
  store?: () => ObjectStore;
  /** Whether the outcome alone goes to standard output, as JSON, and all else to standard error. */
  json?: boolean | undefined;
}

/** @throws Error for the name of an execution that would go on with a run which is not there: StartRun would refuse it, later */
export async function checkBegun(store: ObjectStore, name: string): Promise<void> {
  const [runId = name, number] = name.split('.');
  if (number === undefined) return;
  for (const key of [KEYS.runConfig(runId), KEYS.status(runId)]) {
    if ((await store.size(key)) !== undefined) return;
  }
  throw new Error(`--name: ${notBegun(name, runId)}`);
}

/** Starts the execution; the service refuses an input that it can't read, the first state one that makes no sense. */
export async function startExecution(request: RunRequest): Promise<string> {
  const { client, stateMachineArn, name } = request;
  const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(request.input) });
  const started = await client.send(command).catch((error: Error) => {
    if (error.name !== 'ExecutionAlreadyExists') throw error;
    throw new Error(`the name ${name} is taken by what was started before: choose another with --name`);
  });
  return started.executionArn!;
}

/** How an execution ended that did not succeed. @param what it is to people */
export function describeFailure(
  what: string,
  { status = '', error = '', cause = '' }: { status?: string; error?: string; cause?: string },
): string {
  const why = [error, readableCause(cause)].filter((part) => part !== '').join(': ');
  return `${what} ${status.toLowerCase()}${why === '' ? '' : `: ${why}`}`;
}

/** Follows the execution and answers its output. @throws Error saying how it ended when it doesn't succeed */
export async function outputOf(
  what: string,
  client: SFNClient,
  executionArn: string,
  show: (event: RunEvent) => void = () => {},
  metrics?: RunMetrics,
): Promise<unknown> {
  for await (const event of followExecution(client, executionArn, undefined, metrics)) {
    show(event);
    if (event.kind !== 'ended') continue;
    if (event.status === 'SUCCEEDED') return event.output;
    throw new Error(describeFailure(what, event));
  }
  throw new Error('the execution history ended without the execution');
}

/**
 * Shows the execution's progress until it ends.
 *
 * @param metrics the run's, for evaluations as they are written; by default those of a state are shown when it ends
 * @throws Error saying how it ended when it doesn't succeed
 */
export async function showExecution(
  client: SFNClient,
  executionArn: string,
  input: Record<string, unknown>,
  shownOn: ProgressOutput = process.stdout,
  metrics?: RunMetrics,
): Promise<Promoted & { reporter: ProgressReporter }> {
  const config = jobOf(input);
  const reporter = new ProgressReporter(shownOn, {
    showBook: isTextbookJob(input),
    ...(config === undefined ? {} : { caps: config }),
  });
  const output = await outputOf('run', client, executionArn, (event) => reporter.show(event), metrics);
  return { reporter, ...promoteModelOutput.parse(output) };
}

/** Starts an execution, shows it to its end, and says what it has come to. @param what it is to people */
export async function startAndShow(what: string, request: RunRequest): Promise<undefined> {
  return showToItsEnd(what, request, await startExecution(request), 'started');
}

type Shown = Omit<RunRequest, 'stateMachineArn'>;

/**
 * Shows an execution to its end, and says what it has come to. Ctrl-C ends the command, and not the execution.
 *
 * @param verb what is said of it first
 */
export async function showToItsEnd(
  what: string,
  request: Shown,
  executionArn: string,
  verb: 'started' | 'goes on',
): Promise<undefined> {
  const { name, options = '' } = request;
  const leave = () => {
    const stop = `npm run runs -- stop ${name.split('.')[0]}${options}`;
    const how = what === 'run' ? `; ${stop} ends it, and "follow" instead of "stop" shows it again` : '';
    console.log(`\n${what} ${name} goes on${how}`);
    process.exit(130);
  };
  process.once('SIGINT', leave);
  try {
    await showOutcome(what, request, executionArn, verb);
  } finally {
    process.off('SIGINT', leave);
  }
}

/** The same where Ctrl-C is the caller's matter. */
export async function showOutcome(
  what: string,
  { client, input, name, options = '', store, json = false }: Shown,
  executionArn: string,
  verb: 'started' | 'goes on',
): Promise<void> {
  console.log(`${what} ${name} ${verb}`);
  const metrics = store && new RunMetrics(store(), name.split('.')[0]!);
  const shownOn = json ? process.stderr : process.stdout;
  const { reporter: _, ...outcome } = await showExecution(client, executionArn, input, shownOn, metrics);
  if (json) printResult(outcome);
  else console.log(describePromotion(outcome, options));
}

/** What a run that succeeded has come to: a line for people. @param options those of its target */
export function describePromotion(outcome: Promoted, options = ''): string {
  const { model, version, promoted, reason, stopped } = outcome;
  const end = stopped === null ? '' : `; ${stopped}`;
  const what = `${model} version ${version}, ${describeFigures(outcome)}${end}`;
  if (promoted) return colour('green', `promoted as ${what}`);
  return `${colour('yellow', 'not promoted')}: ${what}: ${reason}; npm run models -- promote ${model} ${version}${options} serves it all the same, and with --promote always the next one would`;
}

/** Accuracy on the test set, or of a regression the loss; and the cost of mistakes where they have prices. */
export function describeFigures({
  testAccuracy,
  testLoss,
  testCost,
}: Pick<Promoted, 'testAccuracy' | 'testLoss' | 'testCost'>): string {
  const main =
    testAccuracy === null && testLoss !== null
      ? `test loss ${testLoss.toFixed(4)}`
      : `test accuracy ${figure(testAccuracy)}`;
  return testCost === null ? main : `${main}, cost per example ${testCost.toFixed(4)}`;
}

const REPORTING_ONLY = new Set([
  'seed',
  'model',
  'chunkIterations',
  'evaluateEvery',
  'promotion',
  'maxDollars',
  'maxSeconds',
]);

/** Whether the input is the textbook job, whatever its seed: the network of the book, trained as the book does. */
export function isTextbookJob(input: Record<string, unknown>): boolean {
  const config = jobOf(input);
  if (config === undefined) return false;
  return Object.entries(config).every(
    ([field, value]) =>
      REPORTING_ONLY.has(field) ||
      JSON.stringify(value) === JSON.stringify(DEFAULT_JOB[field as keyof typeof DEFAULT_JOB]),
  );
}
