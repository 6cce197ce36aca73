/** One run of a state machine: its life from start to end, its history, the service's limits. */
import { LIMITS } from '../../../functions/contract/limits.ts';
import { LOCAL_ROLE } from '../intrinsics.ts';
import type { FunctionInvoker } from '../lambda/container.ts';
import { CLOCK, type Clock } from './asl/clock.ts';
import { Failure } from './asl/failure.ts';
import type { Child, ChildPlan, Machine, Run, Thread } from './asl/run.ts';
import { runMachine } from './asl/states.ts';
import { History } from './history.ts';
import { invocations, type StartExecution } from './invocations.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** An object of a bucket, read as the state machine; undefined when it is not there. */
export type ReadObject = (
  bucket: string,
  key: string,
  stateMachineArn: string,
) => Promise<Uint8Array | undefined>;

/** Writes an object of a bucket as the state machine. */
export type WriteObject = (
  bucket: string,
  key: string,
  body: Uint8Array,
  stateMachineArn: string,
) => Promise<void>;

/** What an execution needs of the world. */
export interface Surroundings {
  functions: FunctionInvoker;
  /** Where Distributed Maps find their items. */
  readObject: ReadObject;
  /** Where they leave their results. */
  writeObject?: WriteObject | undefined;
  startExecution: StartExecution;
  /** Told of each execution of a Distributed Map's item. */
  onChild(child: Execution): void;
  clock?: Clock;
  /** Draws the waits of retries with jitter from [0, 1). */
  random?: () => number;
}

type Ending = Partial<Record<'output' | 'error' | 'cause', string | undefined>>;

export const executionArn = (machineArn: string, name: string): string =>
  `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/** What is run: a state machine as deployed, or the part of it that a Distributed Map runs on an item. */
export interface ExecutionPlan {
  machine: { arn: string; name: string; definition: unknown };
  /** The state machine as deployed, as which objects are read. */
  deployedArn: string;
  name: string;
  /** JSON text, as given. */
  input: string;
  isExpress?: boolean;
  /** Of the Map that it runs an item of. */
  mapRunArn?: string;
}

/** How long an express workflow may take ("Quotas related to state machine executions", Developer Guide). */
const EXPRESS_SECONDS = 300;
const ENDS = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' };

export class Execution implements Child {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly mapRunArn: string | undefined;
  readonly isExpress: boolean;
  /** JSON text, as given. */
  readonly input: string;
  readonly startDate: number;
  readonly history: History;
  status: ExecutionStatus = 'RUNNING';
  stopDate: number | undefined;
  ending: Ending = {};
  /** Resolves when the execution has ended; never rejects. */
  readonly ended: Promise<void>;

  readonly #surroundings: Surroundings;
  readonly #plan: ExecutionPlan;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #thread: Thread;

  constructor(plan: ExecutionPlan, surroundings: Surroundings) {
    const { machine, name, input, mapRunArn, isExpress = false } = plan;
    this.arn = executionArn(machine.arn, name);
    this.name = name;
    this.stateMachineArn = machine.arn;
    this.mapRunArn = mapRunArn;
    this.isExpress = isExpress;
    this.input = input;
    this.#plan = plan;
    this.#surroundings = surroundings;
    this.#clock = surroundings.clock ?? CLOCK;
    this.startDate = this.#clock.now();
    this.#thread = { signal: this.#over.signal, last: 0, stateType: '', item: undefined };
    this.history = new History(this.#clock.now, () => this.#overflow());
    // What follows it has no event before it in the history.
    this.history.add('ExecutionStarted', { input, roleArn: LOCAL_ROLE }, 0);
    this.ended = this.#run();
  }

  get output(): string | undefined {
    return this.ending.output;
  }

  abort(error?: string, cause?: string): void {
    this.#end('ABORTED', { error, cause });
  }

  /** As a Map Run's results tell of an item ("ResultWriter (Map)", Developer Guide). */
  describe(): object {
    const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
    const { output, error, cause } = this.ending;
    return {
      Cause: cause,
      Error: error,
      ExecutionArn: this.arn,
      Input: this.input,
      InputDetails: { Included: true },
      Name: this.name,
      ...(output !== undefined && { Output: output, OutputDetails: { Included: true } }),
      ...this.#redrive(),
      StartDate: iso(this.startDate),
      StateMachineArn: this.stateMachineArn,
      Status: this.status,
      StopDate: iso(this.stopDate),
    };
  }

  /** Whether it may be redriven ("DescribeExecution" in the API reference), which express ones are not told of. */
  #redrive(): object {
    if (this.isExpress) return {};
    const counted = { RedriveCount: 0 };
    if (this.status !== 'SUCCEEDED') return { ...counted, RedriveStatus: 'REDRIVABLE_BY_MAP_RUN' };
    const reason = { RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven' };
    return { ...counted, RedriveStatus: 'NOT_REDRIVABLE', ...reason };
  }

  async #run(): Promise<void> {
    const { machine } = this.#plan;
    const definition = machine.definition as Machine & { TimeoutSeconds?: number };
    // Whoever starts it knows it before anything happens.
    await undefined;
    this.#endAfter(this.isExpress ? EXPRESS_SECONDS : definition.TimeoutSeconds);
    try {
      const input = { json: this.input, value: JSON.parse(this.input) as unknown };
      const { json } = await runMachine(this.#context(), definition, input, this.#thread);
      this.#end('SUCCEEDED', { output: json });
    } catch (error) {
      if (this.status !== 'RUNNING') return;
      if (error instanceof Failure) {
        this.#end('FAILED', { error: error.error, cause: error.cause });
        return;
      }
      console.error(`${this.arn}:`, error);
      this.#end('FAILED', { error: 'States.Runtime', cause: String(error) });
    }
  }

  #context(): Run {
    const { functions, startExecution, readObject, random = Math.random } = this.#surroundings;
    const { writeObject } = this.#surroundings;
    const { machine, deployedArn } = this.#plan;
    return {
      history: this.history,
      clock: this.#clock,
      random,
      context: {
        Execution: {
          Id: this.arn,
          Input: JSON.parse(this.input),
          StartTime: new Date(this.startDate).toISOString(),
          Name: this.name,
          RoleArn: LOCAL_ROLE,
          RedriveCount: 0,
        },
        StateMachine: { Id: machine.arn, Name: machine.name },
      },
      invoke: invocations(functions, startExecution),
      readObject: (bucket, key) => readObject(bucket, key, deployedArn),
      writeObject: async (bucket, key, body) => {
        if (writeObject === undefined) throw new Error('this service writes no objects');
        await writeObject(bucket, key, body, deployedArn);
      },
      startChild: (plan) => this.#startChild(plan),
      transitions: 0,
    };
  }

  #startChild({ mapRunArn, label, machine, isExpress, input }: ChildPlan): Child {
    const { arn, name } = this.#plan.machine;
    const plan = {
      machine: { arn: `${arn}/${label}`, name: `${name}/${label}`, definition: machine },
      deployedArn: this.#plan.deployedArn,
      name: crypto.randomUUID(),
      input: input.json,
      isExpress,
      mapRunArn,
    };
    const child = new Execution(plan, this.#surroundings);
    this.#surroundings.onChild(child);
    return child;
  }

  #endAfter(seconds: number | undefined): void {
    if (seconds === undefined) return;
    this.#clock.sleep(seconds * 1000, this.#over.signal).then(
      () => this.#end('TIMED_OUT', { error: 'States.Timeout' }),
      // It has ended before.
      () => undefined,
    );
  }

  #overflow(): void {
    const cause = `The execution reached the maximum number of history events (${LIMITS.historyEvents}).`;
    this.#end('FAILED', { error: 'States.Runtime', cause });
  }

  /** Whoever still works for it is stopped. */
  #end(status: Exclude<ExecutionStatus, 'RUNNING'>, ending: Ending): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stopDate = this.#clock.now();
    this.ending = ending;
    // What comes from outside follows nothing.
    const previous = status === 'ABORTED' ? 0 : this.#thread.last;
    this.history.end(`Execution${ENDS[status]}`, ending, previous);
    this.#over.abort(new Error(`${this.arn} has ended`));
  }
}
