/** Requests and answers of the routes that change something: functions/manage takes them, openapi.json tells of them. */
import * as z from 'zod';
import { jobInputSchema } from './config.ts';
import { candidateModel } from './documents.ts';
import { count, executionName, name, runId } from './parts.ts';

/** Any text of the caller's own. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, 'expected 1-255 printable characters of ASCII');

const named = executionName
  .optional()
  .describe(
    'of the run; with a number, such as my-run.1, the run of that name goes on that has failed or was stopped',
  );

export const startRunRequest = z.strictObject({
  config: jobInputSchema,
  name: named,
});
/** The same before its config is looked at, which has errors of its own. */
export const startRunEnvelope = z.strictObject({
  config: z.record(z.string(), z.unknown(), { error: 'expected an object' }),
  name: named,
});

/** Of an execution, in the words of Step Functions. */
export const executionStatus = z.enum([
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
  'PENDING_REDRIVE',
]);

export type ExecutionStatus = z.output<typeof executionStatus>;

export const startRunAnswer = z.strictObject({
  id: runId.describe("the run's; GET /runs/{id} says how it stands"),
  executionName: executionName.describe('of the execution that the request began'),
  status: executionStatus.describe('of that execution'),
});
export type StartRunAnswer = z.output<typeof startRunAnswer>;

/** Stopping takes no fields, nor does the end of a trial. */
export const emptyRequest = z.strictObject({});

export const stopRunAnswer = z.strictObject({
  id: runId,
  stopped: z.boolean().describe('false where no execution was at work on it'),
});
export type StopRunAnswer = z.output<typeof stopRunAnswer>;

export const promoteRequest = z.strictObject({
  version: count,
  trial: candidateModel
    .omit({ version: true })
    .optional()
    .describe('only puts it on trial beside the version that serves'),
});

export const promoteAnswer = z.strictObject({
  model: name,
  version: count,
  before: count.nullable().describe('the version that served before; null where none did'),
  trial: candidateModel.omit({ version: true }).nullable(),
});
export type PromoteAnswer = z.output<typeof promoteAnswer>;

export const rollbackRequest = z.strictObject({
  from: count
    .optional()
    .describe(
      'the version that serves, as the caller sees it: refused when another one does, so that a request that is sent again goes back once',
    ),
});

export const rollbackAnswer = z.strictObject({
  model: name,
  from: count.describe('the version that served'),
  version: count.describe('the version that serves now'),
  endedTrial: count.nullable().describe('the version whose trial was ended; then the same one serves on'),
});
export type RollbackAnswer = z.output<typeof rollbackAnswer>;

export const endTrialAnswer = z.strictObject({
  model: name,
  endedTrial: count.nullable().describe('the version that was on trial; null where none was'),
});
export type EndTrialAnswer = z.output<typeof endTrialAnswer>;
