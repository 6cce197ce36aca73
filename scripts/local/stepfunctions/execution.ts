/** One run of a state machine: the interpreter, the functions as its tasks, the service's limits, the history. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StateMachine } from 'aws-local-stepfunctions';
import { LIMITS } from '../../../functions/shared/contract.ts';
import type { FunctionHost } from '../lambda/function-host.ts';
import type { StateMachineResource } from '../resources.ts';
import { allStates } from './faithful.ts';
import { History } from './history.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What a Task throws; the interpreter matches `name` in Retry and Catch, and its message becomes the Cause. */
class TaskError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

export class Execution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  /** JSON text, as given. */
  readonly input: string;
  readonly startDate = Date.now();
  readonly history = new History();
  status: ExecutionStatus = 'RUNNING';
  stopDate: number | undefined;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  /** Resolves when the execution has ended; never rejects. */
  readonly ended: Promise<void>;

  readonly #functions: FunctionHost;
  readonly #abortTasks = new AbortController();
  #abortInterpreter: () => void = () => {};

  constructor(machine: StateMachineResource, name: string, input: string, functions: FunctionHost) {
    this.arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    this.name = name;
    this.stateMachineArn = machine.arn;
    this.input = input;
    this.#functions = functions;
    this.history.add('ExecutionStarted', { executionStartedEventDetails: { input } });
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
    const definition = machine.definition;
    const handlers: Record<string, (input: unknown) => Promise<unknown>> = {};
    for (const [name, state] of allStates(definition)) {
      if (state.Type === 'Task') handlers[name] = (input) => this.#runTask(String(state.Resource), input);
    }
    const run = new StateMachine(definition as never, { validationOptions: { checkArn: false } }).run(
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
    const recording = this.#record(run.eventLogs);
    try {
      const output = await run.result;
      await recording;
      this.#end('SUCCEEDED', { output: JSON.stringify(output) });
    } catch (error) {
      await recording;
      // The interpreter wraps the error that ended the execution.
      const { name, message } = ((error as Error).cause ?? error) as Error;
      if (name === 'ExecutionTimeoutError') this.#end('TIMED_OUT', { error: 'States.Timeout' });
      else this.#end('FAILED', { error: name, cause: message });
      // Whoever still runs has lost its execution: a timed-out one, or the siblings of a failed Map item.
      this.#abortTasks.abort();
    }
  }

  async #record(events: ReturnType<StateMachine['run']>['eventLogs']): Promise<void> {
    for await (const event of events) {
      this.history.addFromInterpreter(event);
      if (this.history.events.length >= LIMITS.historyEvents && this.status === 'RUNNING') {
        this.#end('FAILED', {
          error: 'States.Runtime',
          cause: `The execution reached the maximum number of history events (${LIMITS.historyEvents}).`,
        });
        this.#abortTasks.abort();
        this.#abortInterpreter();
      }
    }
  }

  async #runTask(resource: string, input: unknown): Promise<unknown> {
    // The interpreter's own event of entering the state is recorded in this turn of the event loop.
    await nextTurn();
    const event = JSON.stringify(input);
    checkSize('input', event);
    this.history.add('LambdaFunctionScheduled', {
      lambdaFunctionScheduledEventDetails: { resource, input: event },
    });
    this.history.add('LambdaFunctionStarted');
    const { payload, error } = await this.#functions.invoke(resource, event, this.#abortTasks.signal);
    if (error !== undefined) {
      const cause = JSON.stringify(error);
      const details = { error: error.errorType, cause };
      if (error.errorType === 'Sandbox.Timedout') {
        this.history.add('LambdaFunctionTimedOut', { lambdaFunctionTimedOutEventDetails: details });
      } else {
        this.history.add('LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: details });
      }
      throw new TaskError(error.errorType, cause);
    }
    const output = payload === undefined || payload === '' ? 'null' : payload;
    checkSize('output', output);
    this.history.add('LambdaFunctionSucceeded', { lambdaFunctionSucceededEventDetails: { output } });
    return JSON.parse(output);
  }

  #end(
    status: Exclude<ExecutionStatus, 'RUNNING'>,
    {
      output,
      error,
      cause,
    }: { output?: string | undefined; error?: string | undefined; cause?: string | undefined },
  ): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stopDate = Date.now();
    this.output = output;
    this.error = error;
    this.cause = cause;
    const event = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' }[
      status
    ];
    const details = output === undefined ? { error, cause } : { output };
    this.history.add(`Execution${event}`, { [`execution${event}EventDetails`]: details });
  }
}

/** Step Functions' limit on what passes between states. */
function checkSize(what: string, json: string): void {
  const bytes = Buffer.byteLength(json);
  if (bytes <= LIMITS.stateBytes) return;
  throw new TaskError(
    'States.DataLimitExceeded',
    `The task's ${what} has ${bytes} bytes, at most ${LIMITS.stateBytes} may pass between states.`,
  );
}
