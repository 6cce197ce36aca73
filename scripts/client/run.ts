/** Starts an execution with a config and follows it to its end; used by `npm start` and `npm run train` alike. */
import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { z } from 'zod';

import { DEFAULT_JOB, jobConfigSchema } from '../../functions/schemas/config.ts';
import { promoteModelOutput } from '../../functions/schemas/payloads.ts';
import { followExecution, readableCause } from './follow.ts';
import { ProgressReporter } from './progress.ts';

type Promoted = z.output<typeof promoteModelOutput>;
export type RunOutcome =
  | ({ succeeded: true; reporter: ProgressReporter } & Promoted)
  | { succeeded: false; message: string };

export interface RunRequest {
  client: SFNClient;
  stateMachineArn: string;
  /** Execution name, and so the run's id. */
  name: string;
  /** The state machine's input. */
  input: Record<string, unknown>;
}

/** A run id that sorts by time: `mnist-20261124-081500-3f9c`. */
export function newRunName(dataset: string, now = new Date()): string {
  const time = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const random = Math.floor(Math.random() * 0x10000);
  return `${dataset}-${time}-${random.toString(16).padStart(4, '0')}`;
}

/** Starts the execution; the service refuses an input that it can't read, the first state one that makes no sense. */
export async function startExecution(request: RunRequest): Promise<string> {
  const started = await request.client.send(
    new StartExecutionCommand({
      stateMachineArn: request.stateMachineArn,
      name: request.name,
      input: JSON.stringify(request.input),
    }),
  );
  return started.executionArn!;
}

/** Shows the execution's progress until it ends. */
export async function showExecution(
  client: SFNClient,
  executionArn: string,
  input: Record<string, unknown>,
): Promise<RunOutcome> {
  const config = jobConfigSchema.safeParse(input);
  const reporter = new ProgressReporter(process.stdout, {
    showBook: isTextbookJob(input),
    ...(config.success ? { caps: config.data } : {}),
  });
  for await (const event of followExecution(client, executionArn)) {
    reporter.show(event);
    if (event.kind !== 'ended') continue;
    if (event.status !== 'SUCCEEDED') {
      const why = [event.error, readableCause(event.cause)].filter((part) => part !== '').join(': ');
      return {
        succeeded: false,
        message: `run ${event.status.toLowerCase()}${why === '' ? '' : `: ${why}`}`,
      };
    }
    return {
      succeeded: true,
      reporter,
      ...promoteModelOutput.parse(event.output),
    };
  }
  throw new Error('the execution history ended without the execution');
}

/** What a run that succeeded has come to: a line for people. */
export function describePromotion(outcome: Promoted): string {
  const { model, version, promoted, reason, stopped } = outcome;
  const end = stopped === null ? '' : `; ${stopped}`;
  const what = `${model} version ${version}, ${describeFigures(outcome)}${end}`;
  if (promoted) return `promoted as ${what}`;
  return `not promoted: ${what}: ${reason}; npm run models -- promote ${model} ${version} serves it all the same`;
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
      : `test accuracy ${testAccuracy?.toFixed(4) ?? '-'}`;
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
  const config = jobConfigSchema.safeParse(input);
  if (!config.success) return false;
  return Object.entries(config.data).every(
    ([field, value]) =>
      REPORTING_ONLY.has(field) ||
      JSON.stringify(value) === JSON.stringify(DEFAULT_JOB[field as keyof typeof DEFAULT_JOB]),
  );
}
