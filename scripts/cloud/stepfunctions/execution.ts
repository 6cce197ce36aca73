/** One run of a state machine: the interpreter, the functions as its tasks, the service's limits, the history. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StateMachine } from 'aws-local-stepfunctions';
import { LIMITS } from '../../../functions/contract/limits.ts';
import { LOCAL_REGION } from '../intrinsics.ts';
import type { FunctionInvoker } from '../lambda/container.ts';
import type { StateMachineResource } from '../resources.ts';
import { childStates, distributedMaps, holdsItems, READ_ITEMS, withInlineMaps } from './distributed-map.ts';
import { allStates, START_EXECUTION } from './faithful.ts';
import { History } from './history.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What a Task throws; the interpreter matches `name` in Retry and Catch, and its message becomes the Cause. */
class TaskError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** Too much data between states; no Retry or Catch matches it, not even States.ALL. */
class DataLimitError extends TaskError {
  readonly isRetryable = false;
  readonly isCatchable = false;

  constructor(what: string, bytes: number) {
    super(
      'States.DataLimitExceeded',
      `${what} has ${bytes} bytes, at most ${LIMITS.stateBytes} may pass between states.`,
    );
  }
}

/** Starts an execution of the same service. @throws Error named as the API's error, as the API does */
export type StartExecution = (request: Record<string, unknown>) => Record<string, unknown>;

/** An object of a bucket, read as the state machine; undefined when it is not there. */
export type ReadObject = (
  bucket: string,
  key: string,
  stateMachineArn: string,
) => Promise<Uint8Array | undefined>;

interface ItemSource {
  Bucket: string;
  Key: string;
  input: unknown;
}

/** What an execution needs of the world. */
export interface Surroundings {
  functions: FunctionInvoker;
  /** Where Distributed Maps find their items. */
  readObject: ReadObject;
  startExecution: StartExecution;
}

type Ending = Partial<Record<'output' | 'error' | 'cause', string | undefined>>;

export const executionArn = (machineArn: string, name: string): string =>
  `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;

export class Execution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  /** JSON text, as given. */
  readonly input: string;
  readonly startDate = Date.now();
  readonly history: History;
  status: ExecutionStatus = 'RUNNING';
  stopDate: number | undefined;
  ending: Ending = {};
  /** Resolves when the execution has ended; never rejects. */
  readonly ended: Promise<void>;

  readonly #surroundings: Surroundings;
  readonly #abortTasks = new AbortController();
  #abortInterpreter: () => void = () => {};

  constructor(machine: StateMachineResource, name: string, input: string, surroundings: Surroundings) {
    this.arn = executionArn(machine.arn, name);
    this.name = name;
    this.stateMachineArn = machine.arn;
    this.input = input;
    this.#surroundings = surroundings;
    this.history = new History(childStates(machine.definition), distributedMaps(machine.definition));
    this.history.add('ExecutionStarted', { input });
    this.ended = this.#run(machine);
  }

  /** Ends the execution and the functions it is waiting for. */
  abort(error?: string, cause?: string): void {
    if (this.status !== 'RUNNING') return;
    this.#end('ABORTED', { error, cause });
    this.#abortTasks.abort();
    this.#abortInterpreter();
  }

  async #run(machine: StateMachineResource): Promise<void> {
    const definition = withInlineMaps(machine.definition);
    const handlers: Record<string, (input: unknown) => Promise<unknown>> = {};
    for (const { name, state } of allStates(definition)) {
      if (state.Type !== 'Task') continue;
      const resource = String(state.Resource);
      handlers[name] = (input) => {
        if (resource === READ_ITEMS) return this.#readItems(input as ItemSource);
        if (START_EXECUTION.test(resource)) return this.#continue(input as Record<string, unknown>);
        return this.#runTask(name, resource, input);
      };
    }
    // Validated when the service took it.
    const run = new StateMachine(definition as never, { validationOptions: { noValidate: true } }).run(
      JSON.parse(this.input) as never,
      {
        overrides: { taskResourceLocalHandlers: handlers as never },
        context: {
          Execution: { Id: this.arn, Name: this.name },
          StateMachine: { Id: machine.arn, Name: machine.name },
        },
      },
    );
    this.#abortInterpreter = run.abort;
    const recording = this.#record(run.eventLogs, machine);
    // Awaited below, but it may fail before that.
    recording.catch(() => undefined);
    try {
      const output = await run.result;
      await recording;
      this.#end('SUCCEEDED', { output: JSON.stringify(output) });
    } catch (error) {
      // The interpreter wraps the error that ended the execution.
      const { name, message } = ((error as Error).cause ?? error) as Error;
      await recording.catch((reason: unknown) => console.error(`${this.arn}: history is not whole:`, reason));
      if (name === 'ExecutionTimeoutError') this.#end('TIMED_OUT', { error: 'States.Timeout' });
      else this.#end('FAILED', { error: name, cause: message });
      // Whoever still runs has lost its execution: a timed-out one, or the siblings of a failed Map item.
      this.#abortTasks.abort();
    }
  }

  async #record(
    events: ReturnType<StateMachine['run']>['eventLogs'],
    { definition }: StateMachineResource,
  ): Promise<void> {
    for await (const event of events) {
      const state = this.history.addFromInterpreter(event);
      const isTooLarge = state !== undefined && state.bytes > LIMITS.stateBytes;
      if (isTooLarge && !holdsItems(definition, state.name)) {
        this.#fail(new DataLimitError(`The data of state ${state.name}`, state.bytes));
      } else if (this.history.length >= LIMITS.historyEvents) {
        const limit = `the maximum number of history events (${LIMITS.historyEvents})`;
        this.#fail(new TaskError('States.Runtime', `The execution reached ${limit}.`));
      }
    }
  }

  /** Ends the execution by a limit that the interpreter doesn't know. */
  #fail({ name, message }: TaskError): void {
    this.#end('FAILED', { error: name, cause: message });
    this.#abortTasks.abort();
    this.#abortInterpreter();
  }

  /** Items of a Distributed Map. */
  async #readItems({ Bucket, Key, input }: ItemSource): Promise<unknown> {
    await nextTurn();
    const body = await this.#surroundings.readObject(Bucket, Key, this.stateMachineArn);
    const failed = (why: string) => new TaskError('States.ItemReaderFailed', `s3://${Bucket}/${Key}${why}`);
    if (body === undefined) throw failed(' is not there');
    let items: unknown;
    try {
      items = JSON.parse(new TextDecoder().decode(body));
    } catch (error) {
      throw failed(`: ${(error as Error).message}`);
    }
    if (!Array.isArray(items)) throw failed(' is no JSON array');
    return { input, items };
  }

  /** Step Functions' integration with itself, request and response ("Start a new AWS Step Functions state machine from a running execution", its Developer Guide). */
  async #continue(parameters: Record<string, unknown>): Promise<unknown> {
    await nextTurn();
    this.#abortTasks.signal.throwIfAborted();
    const { StateMachineArn, Name, Input } = parameters;
    checkSize("The task's input", JSON.stringify(parameters));
    const task = { resourceType: 'states', resource: 'startExecution' };
    const scheduled = { ...task, region: LOCAL_REGION, parameters: JSON.stringify(parameters) };
    this.history.add('TaskScheduled', scheduled);
    this.history.add('TaskStarted', task);
    let started: Record<string, unknown>;
    try {
      const input = typeof Input === 'string' ? Input : JSON.stringify(Input);
      started = this.#surroundings.startExecution({ stateMachineArn: StateMachineArn, name: Name, input });
    } catch (reason) {
      const { name, message } = reason as Error;
      const error = `StepFunctions.${name.replace(/(Exception)?$/, 'Exception')}`;
      this.history.add('TaskFailed', { ...task, error, cause: message });
      throw new TaskError(error, message);
    }
    const output = { ExecutionArn: started.executionArn, StartDate: Number(started.startDate) * 1000 };
    this.history.add('TaskSucceeded', { ...task, output: JSON.stringify(output) });
    return output;
  }

  async #runTask(state: string, resource: string, input: unknown): Promise<unknown> {
    // The interpreter's own event of entering the state is recorded in this turn of the event loop.
    await nextTurn();
    // After a failure or an abort the interpreter still begins the items that a Map had left to do.
    this.#abortTasks.signal.throwIfAborted();
    const event = JSON.stringify(input);
    checkSize("The task's input", event);
    this.history.add('LambdaFunctionScheduled', { resource, input: event }, state);
    this.history.add('LambdaFunctionStarted', undefined, state);
    const { payload, error } = await this.#surroundings.functions.invoke(
      resource,
      event,
      this.#abortTasks.signal,
    );
    if (error !== undefined) {
      const cause = JSON.stringify(error);
      this.history.add('LambdaFunctionFailed', { error: error.errorType, cause }, state);
      throw new TaskError(error.errorType, cause);
    }
    const output = payload === undefined || payload === '' ? 'null' : payload;
    checkSize("The task's output", output);
    this.history.add('LambdaFunctionSucceeded', { output }, state);
    return JSON.parse(output);
  }

  #end(status: Exclude<ExecutionStatus, 'RUNNING'>, ending: Ending): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stopDate = Date.now();
    this.ending = ending;
    const ends = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' };
    this.history.end(`Execution${ends[status]}`, ending);
  }
}

function checkSize(what: string, json: string): void {
  const bytes = Buffer.byteLength(json);
  if (bytes > LIMITS.stateBytes) throw new DataLimitError(what, bytes);
}
