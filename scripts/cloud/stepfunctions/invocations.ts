/** What the tasks of an execution invoke: functions, and Step Functions itself. */
import { LIMITS } from '../../../functions/contract/limits.ts';
import { LOCAL_REGION } from '../intrinsics.ts';
import type { FunctionInvoker } from '../lambda/container.ts';
import { isThrottled } from '../lambda/throttle.ts';
import { unlessAborted } from './asl/clock.ts';
import { dataLimit, Failure } from './asl/failure.ts';
import { type Invoke, type Passed, passed, type Run, record, type TaskCall, type Thread } from './asl/run.ts';
import type { HistoryEvent } from './history-event.ts';

/** Starts an execution of the same service. @throws Error named as the API's error, as the API does */
export type StartExecution = (request: Record<string, unknown>) => Record<string, unknown>;

/** Step Functions' integration with itself, without waiting for what it starts. */
export const START_EXECUTION = /^arn:[\w-]+:states:::states:startExecution$/;

/** @param machineArn the state machine, as deployed */
export const invocations =
  (functions: FunctionInvoker, machineArn: string, startExecution: StartExecution): Invoke =>
  (task, run, thread) =>
    START_EXECUTION.test(task.resource)
      ? start(startExecution, task, run, thread)
      : invoke(functions, machineArn, task, run, thread);

const TIMEOUT = 'States.Timeout';
/**
 * Of a function that ran when the local cloud ended: its process ended, too, and nobody knows how far it had got. In AWS
 * a function whose host died has failed, and is run again only where the state says so in Retry ("Execution guarantees",
 * Developer Guide: tasks are never run more than once unless Retry says so).
 */
const INTERRUPTED = new Failure('Lambda.Unknown', 'The local cloud ended while the function ran.');
/** "Function not found" of Lambda's Invoke: an execution keeps its definition when the app is deployed without one. */
const notFound = (arn: string) =>
  new Failure('Lambda.ResourceNotFoundException', `Function not found: ${arn}`);

async function invoke(
  functions: FunctionInvoker,
  machineArn: string,
  { resource, input, timeoutSeconds }: TaskCall,
  run: Run,
  thread: Thread,
): Promise<Passed> {
  const scheduled = { resource, input: input.json, ...within(timeoutSeconds) };
  record(run, thread, 'LambdaFunctionScheduled', scheduled);
  const wasStarted = run.history.knows(thread);
  record(run, thread, 'LambdaFunctionStarted');
  const fail = (failure: Failure): never => {
    record(run, thread, 'LambdaFunctionFailed', { error: failure.error, cause: failure.cause });
    throw failure;
  };
  const turn = run.history.turn(thread);
  const recorded = turn && (await turn);
  if (recorded !== undefined) return repeated(recorded, run, thread);
  if (wasStarted) fail(INTERRUPTED);
  if (!functions.has(resource)) fail(notFound(resource));
  run.commit();
  const outcome = await inTime(run, thread, timeoutSeconds, (signal) =>
    functions.invoke(resource, input.json, signal, machineArn),
  );
  if (outcome === undefined) {
    record(run, thread, 'LambdaFunctionTimedOut', { error: TIMEOUT });
    throw new Failure(TIMEOUT, undefined);
  }
  const { payload, error } = outcome;
  if (error !== undefined) {
    fail(new Failure(error.errorType, isThrottled(outcome) ? error.errorMessage : JSON.stringify(error)));
  }
  const json = payload === undefined || payload === '' ? 'null' : payload;
  // Unlike too much data between states, this can be caught.
  if (Buffer.byteLength(json) > LIMITS.stateBytes) fail(dataLimit(resource));
  record(run, thread, 'LambdaFunctionSucceeded', { output: json });
  return { json, value: JSON.parse(json) };
}

/** What the history says that the function came to. @throws Failure when it failed */
function repeated(event: HistoryEvent, run: Run, thread: Thread): Passed {
  const { type } = event;
  const details = event[`${type[0]!.toLowerCase()}${type.slice(1)}EventDetails`] as Record<string, string>;
  record(run, thread, type);
  if (type === 'LambdaFunctionSucceeded') {
    const json = details.output!;
    return { json, value: JSON.parse(json) };
  }
  throw new Failure(details.error, details.cause);
}

const within = (seconds: number | undefined) => (seconds === undefined ? {} : { timeoutInSeconds: seconds });

/** What the work comes to; undefined when it takes longer than it may. Then, or when the thread is stopped, it is aborted. */
async function inTime<T>(
  { clock }: Run,
  thread: Thread,
  seconds: number | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const isDone = new AbortController();
  const signal = AbortSignal.any([thread.signal, isDone.signal]);
  const working = unlessAborted(work(signal), thread.signal);
  if (seconds === undefined) return working;
  const tooLate = clock.sleep(seconds * 1000, signal).then(() => undefined);
  try {
    return await Promise.race([working, tooLate]);
  } finally {
    for (const promise of [working, tooLate]) promise.catch(() => undefined);
    isDone.abort();
  }
}

/** "Start a new AWS Step Functions state machine from a running execution" (Developer Guide): request and response. */
async function start(
  startExecution: StartExecution,
  { input, timeoutSeconds }: TaskCall,
  run: Run,
  thread: Thread,
): Promise<Passed> {
  const { StateMachineArn, Name, Input } = input.value as Record<string, unknown>;
  const task = { resourceType: 'states', resource: 'startExecution' };
  const scheduled = { ...task, region: LOCAL_REGION, parameters: input.json, ...within(timeoutSeconds) };
  // That it was started is recorded if it was.
  const outcome = run.atomically((): Passed | Failure => {
    record(run, thread, 'TaskScheduled', scheduled);
    record(run, thread, 'TaskStarted', task);
    const recorded = run.history.head(thread);
    if (recorded !== undefined) return repeatedStart(recorded, run, thread);
    let started: Record<string, unknown>;
    try {
      const json = typeof Input === 'string' ? Input : JSON.stringify(Input ?? {});
      started = startExecution({ stateMachineArn: StateMachineArn, name: Name, input: json });
    } catch (reason) {
      const { name, message } = reason as Error;
      const error = `StepFunctions.${name.replace(/(Exception)?$/, 'Exception')}`;
      record(run, thread, 'TaskFailed', { ...task, error, cause: message });
      return new Failure(error, message);
    }
    const output = passed({
      ExecutionArn: started.executionArn,
      StartDate: Number(started.startDate) * 1000,
    });
    record(run, thread, 'TaskSucceeded', { ...task, output: output.json });
    return output;
  });
  if (outcome instanceof Failure) throw outcome;
  return outcome;
}

function repeatedStart({ type, ...event }: HistoryEvent, run: Run, thread: Thread): Passed | Failure {
  record(run, thread, type);
  const { taskSucceededEventDetails: done, taskFailedEventDetails: failed } = event as Record<
    string,
    Record<string, string> | undefined
  >;
  if (failed !== undefined) return new Failure(failed.error, failed.cause);
  const json = done!.output!;
  return { json, value: JSON.parse(json) };
}
