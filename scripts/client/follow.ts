/** Follows an execution through Step Functions' own API, the same in AWS and in the local cloud. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { StateName } from '../../functions/contract/states.ts';
import { continuedOutput, type RunProgress, runProgress } from '../../functions/schemas/payloads.ts';
import type { Evaluated, RunMetrics } from './run-metrics.ts';

export type RunEvent =
  | { kind: 'entered'; state: string; at: Date }
  | { kind: 'exited'; state: string; at: Date }
  | { kind: 'progress'; progress: RunProgress; at: Date }
  /** An evaluation inside a state that trains. */
  | { kind: 'evaluated'; evaluated: Evaluated; at: Date }
  /** It goes on; said with each look at it. */
  | { kind: 'waiting'; at: Date }
  | { kind: 'continued'; by: string }
  | { kind: 'attemptFailed'; error: string; cause: string; at: Date }
  | { kind: 'ended'; status: string; output: unknown; error: string; cause: string };

/**
 * Yields what happens in the execution, in order and once each, until it has ended; where another execution goes on
 * with its run, until that has ended, and so on.
 *
 * New events are read newest first back to the last one seen, so that each poll costs one page however long the
 * history is.
 *
 * @param metrics the run's, to hear of its evaluations while a state trains
 */
export async function* followExecution(
  client: SFNClient,
  firstArn: string,
  pollMs = 300,
  metrics?: RunMetrics,
): AsyncGenerator<RunEvent> {
  let executionArn = firstArn;
  let lastId = 0;
  let trains = false;
  for (;;) {
    const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
    // Read after the status: once it says "ended", this reads the rest of the history.
    const events = await eventsSince(client, executionArn, lastId);
    for (const event of events) {
      yield* translate(event);
      trains =
        TRAINING.has(event.stateEnteredEventDetails?.name ?? '') ||
        (trains && event.stateExitedEventDetails === undefined);
    }
    lastId = events.at(-1)?.id ?? lastId;
    if (execution.status !== 'RUNNING') {
      const output = parse(execution.output);
      const handedOver = continuedOutput.safeParse(output);
      if (handedOver.success) {
        const { continuedBy } = handedOver.data;
        yield { kind: 'continued', by: continuedBy };
        executionArn = executionArn.replace(/[^:]*$/, continuedBy);
        lastId = 0;
        continue;
      }
      const { status = 'UNKNOWN', error = '', cause = '' } = execution;
      yield { kind: 'ended', status, output, error, cause };
      return;
    }
    const news = trains && metrics !== undefined ? await metrics.since() : [];
    for (const evaluated of news) yield { kind: 'evaluated', evaluated, at: new Date() };
    yield { kind: 'waiting', at: new Date() };
    await sleep(pollMs);
  }
}

/** States whose functions evaluate on their way. */
const TRAINING: ReadonlySet<string> = new Set<StateName>(['StartRun', 'TrainChunk']);

/** An execution's events after the one with this id, oldest first; 0 for all. */
export async function eventsSince(
  client: SFNClient,
  executionArn: string,
  lastId: number,
): Promise<HistoryEvent[]> {
  const newestFirst: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new GetExecutionHistoryCommand({
        executionArn,
        reverseOrder: true,
        maxResults: 100,
        nextToken,
      }),
    );
    for (const event of page.events ?? []) {
      if (event.id! <= lastId) return newestFirst.reverse();
      newestFirst.push(event);
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return newestFirst.reverse();
}

function* translate(event: HistoryEvent): Generator<RunEvent> {
  const at = event.timestamp!;
  const entered = event.stateEnteredEventDetails;
  if (entered !== undefined) yield { kind: 'entered', state: entered.name!, at };
  const exited = event.stateExitedEventDetails;
  if (exited !== undefined) {
    yield { kind: 'exited', state: exited.name!, at };
    // StartRun and TrainChunk end with the run's progress as the state; who passes it on says nothing new.
    const isNews = event.type === 'TaskStateExited' && exited.name !== 'ContinueRun';
    const progress = isNews ? runProgress.safeParse(parse(exited.output)) : undefined;
    if (progress?.success) yield { kind: 'progress', progress: progress.data, at };
  }
  const failure = event.lambdaFunctionFailedEventDetails ?? event.lambdaFunctionTimedOutEventDetails;
  if (failure !== undefined) {
    const { error = '', cause = '' } = failure;
    yield { kind: 'attemptFailed', error, cause, at };
  }
}

function parse(json: string | undefined): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}
