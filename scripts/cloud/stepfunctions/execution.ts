/** One run of a state machine: its life from start to end, its history, the service's limits. */
import { LIMITS } from '../../../functions/contract/limits.ts';
import { LOCAL_ROLE } from '../intrinsics.ts';
import type { FunctionInvoker } from '../lambda/container.ts';
import { CLOCK, type Clock } from './asl/clock.ts';
import { Failure } from './asl/failure.ts';
import type { Child, ChildPlan, Machine, Run, Thread } from './asl/run.ts';
import { runMachine } from './asl/states.ts';
import type { ChildOf, Ending, ExecutionStatus, NewExecution, WholeExecution } from './execution-records.ts';
import type { ExecutionStore } from './execution-store.ts';
import { History } from './history.ts';
import { invocations, type StartExecution } from './invocations.ts';
import { MAIN, Recorded } from './recorded.ts';

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
  store: ExecutionStore;
  /** Told of each child that runs, and of each execution that has ended. */
  onRunning(execution: Execution): void;
  onEnded(execution: Execution): void;
  /** The one that runs by this ARN. */
  running(arn: string): Execution | undefined;
  clock?: Clock;
  /** Draws the waits of retries with jitter from [0, 1). */
  random?: () => number;
}

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
  childOf?: ChildOf | undefined;
}

/** How long an express workflow may take ("Quotas related to state machine executions", Developer Guide). */
const EXPRESS_SECONDS = 300;
const ENDS = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' };

export class Execution implements Child {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly number: number;
  readonly childOf: ChildOf | undefined;
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
  /** Whether it goes on after the end of the process that it began in. */
  readonly #isRestored: boolean;
  #isSuspended = false;

  /** @param stored how far it had got; the store is told of a new one. One that has ended does nothing any more. */
  constructor(plan: ExecutionPlan, surroundings: Surroundings, stored?: WholeExecution) {
    const { machine, name, input, childOf, isExpress = false } = plan;
    this.arn = executionArn(machine.arn, name);
    this.name = name;
    this.stateMachineArn = machine.arn;
    this.childOf = childOf;
    this.isExpress = isExpress;
    this.input = input;
    this.#plan = plan;
    this.#surroundings = surroundings;
    this.#clock = surroundings.clock ?? CLOCK;
    this.startDate = stored?.startDate ?? this.#clock.now();
    // What follows its start has no event before it in the history.
    const thread = { key: MAIN, last: 0, lastAt: 0, stateType: '', item: undefined };
    this.#thread = { ...thread, signal: this.#over.signal };
    this.#isRestored = stored !== undefined;
    const { store } = surroundings;
    this.number = stored?.number ?? 0;
    if (stored !== undefined && stored.status !== 'RUNNING') {
      const { status, stopDate, ending } = stored;
      Object.assign(this, { status, stopDate, ending });
      this.history = this.#history(0);
      this.ended = Promise.resolve();
      return;
    }
    [this.number, this.history] = store.atomically(() => {
      const number = stored?.number ?? this.#begin();
      const history = this.#history(
        stored === undefined || isExpress ? 0 : store.countEvents(number),
        number,
      );
      if (history.count === 0) {
        history.add(this.#thread, 'ExecutionStarted', { input, roleArn: LOCAL_ROLE });
      }
      return [number, history];
    });
    this.ended = this.#run();
  }

  #begin(): number {
    const { machine, deployedArn, name, input } = this.#plan;
    const { arn, isExpress, startDate, childOf } = this;
    const given: NewExecution = { arn, name, machine, deployedArn, input, isExpress, startDate, childOf };
    return this.#surroundings.store.begin(given);
  }

  /** @param count of the events that there are: with some, it goes on from there */
  #history(count: number, number = this.number): History {
    const { store } = this.#surroundings;
    return new History({
      now: this.#clock.now,
      // An express workflow keeps none, and is run again ("Execution guarantees", Developer Guide).
      keep: (recorded) => {
        if (!this.isExpress) store.addEvent(number, recorded);
      },
      onFull: () => this.#overflow(),
      onDivergence: (why) => this.#fail(`The local cloud can't go on with this execution: ${why}.`),
      count,
      ...(count > 0 && { recorded: new Recorded(store.eventsSinceState(number, MAIN)) }),
    });
  }

  /** Stops without an end: nothing of it is kept from now on, so that it may go on from what is. */
  suspend(): void {
    this.#isSuspended = true;
    this.history.close();
  }

  /** Ends what still works for it, after it was suspended. */
  stop(): void {
    this.#over.abort(new Error(`${this.arn} is suspended`));
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
    if (this.history.count >= LIMITS.historyEvents) this.#overflow();
    this.#endAfter(this.isExpress ? EXPRESS_SECONDS : definition.TimeoutSeconds);
    try {
      const input = { json: this.input, value: JSON.parse(this.input) as unknown };
      const { json } = await runMachine(this.#context(), definition, input, this.#thread);
      this.#end('SUCCEEDED', { output: json });
    } catch (error) {
      if (this.status !== 'RUNNING' || this.#isSuspended) return;
      if (error instanceof Failure) {
        this.#end('FAILED', { error: error.error, cause: error.cause });
        return;
      }
      console.error(`${this.arn}:`, error);
      this.#fail(String(error));
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
      invoke: invocations(functions, deployedArn, startExecution),
      readObject: async (mapRunArn, bucket, key) => {
        const { store } = this.#surroundings;
        const kept = this.#isRestored ? store.reading(mapRunArn) : undefined;
        if (kept !== undefined) return kept;
        const bytes = await readObject(bucket, key, deployedArn);
        if (bytes !== undefined && !this.#over.signal.aborted) {
          store.keepReading(this.number, mapRunArn, bytes);
        }
        return bytes;
      },
      writeObject: async (bucket, key, body) => {
        if (writeObject === undefined) throw new Error('this service writes no objects');
        await writeObject(bucket, key, body, deployedArn);
      },
      startChild: (plan) => this.#startChild(plan),
      atomically: (work) => this.#surroundings.store.atomically(work),
      commit: () => this.#surroundings.store.commit(),
      isSuspended: () => this.#isSuspended,
      transitions: 0,
    };
  }

  #startChild({ mapRunArn, item, label, machine, isExpress, input }: ChildPlan): Child {
    const { store, running, onRunning } = this.#surroundings;
    const stored = this.#isRestored ? store.child(mapRunArn, item) : undefined;
    if (stored !== undefined) return running(stored.arn) ?? new Execution(stored, this.#surroundings, stored);
    const { arn, name } = this.#plan.machine;
    const plan = {
      machine: { arn: `${arn}/${label}`, name: `${name}/${label}`, definition: machine },
      deployedArn: this.#plan.deployedArn,
      name: crypto.randomUUID(),
      input: input.json,
      isExpress,
      childOf: { mapRunArn, item, parent: this.number, root: this.childOf?.root ?? this.number },
    };
    const child = new Execution(plan, this.#surroundings);
    onRunning(child);
    return child;
  }

  #endAfter(seconds: number | undefined): void {
    if (seconds === undefined) return;
    const ms = seconds * 1000;
    const spent = this.#isRestored && !this.isExpress ? this.#clock.now() - this.startDate : 0;
    this.#clock.sleep(Math.min(ms, Math.max(0, ms - spent)), this.#over.signal).then(
      () => this.#end('TIMED_OUT', { error: 'States.Timeout' }),
      // It has ended before.
      () => undefined,
    );
  }

  #overflow(): void {
    this.#fail(`The execution reached the maximum number of history events (${LIMITS.historyEvents}).`);
  }

  /** By no failure of a state. */
  #fail(cause: string): void {
    this.#end('FAILED', { error: 'States.Runtime', cause });
  }

  /** Whoever still works for it is stopped. */
  #end(status: Exclude<ExecutionStatus, 'RUNNING'>, ending: Ending): void {
    if (this.status !== 'RUNNING' || this.#isSuspended) return;
    const stopDate = this.#clock.now();
    // What comes from outside follows nothing.
    const thread = status === 'ABORTED' ? { ...this.#thread, last: 0 } : this.#thread;
    try {
      this.#surroundings.store.atomically(() => {
        this.history.end(`Execution${ENDS[status]}`, ending, thread);
        this.#surroundings.store.end(this.number, status, stopDate, ending);
      });
    } catch {
      // The service has been told, and has suspended it.
      return;
    }
    Object.assign(this, { status, stopDate, ending });
    this.#surroundings.onEnded(this);
    this.#over.abort(new Error(`${this.arn} has ended`));
  }
}
