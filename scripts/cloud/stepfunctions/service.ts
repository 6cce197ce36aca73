/** The part of Step Functions' API that people and tools use. What runs goes on when the process ends and begins again. */
import { adviceFor } from '../../support/trouble.ts';
import { LOCAL_ROLE } from '../intrinsics.ts';
import type { FunctionInvoker } from '../lambda/container.ts';
import type { StateMachineResource } from '../resources.ts';
import { CLOCK, type Clock } from './asl/clock.ts';
import {
  Execution,
  executionArn,
  type ReadObject,
  type Surroundings,
  type WriteObject,
} from './execution.ts';
import type { ExecutionSummary, Listed, StoredExecution, WholeExecution } from './execution-records.ts';
import { ExecutionStore } from './execution-store.ts';
import { assertFaithful } from './faithful.ts';
import type { HistoryEvent } from './history-event.ts';
import {
  arnOf,
  executionInput,
  executionName,
  page,
  type Request,
  ServiceError,
  statusFilter,
} from './requests.ts';

/**
 * What surrounds executions: time and chance, which are the machine's own by default, where results go, and where
 * executions are kept, which is in memory by default.
 */
export interface Nature {
  writeObject?: WriteObject;
  clock?: Clock;
  random?: () => number;
  store?: ExecutionStore;
}

/** How often it is tried whether the store can be written again. */
const TRY_AGAIN_MS = 1_000;

export class StepFunctionsService {
  readonly #machines: Map<string, StateMachineResource>;
  readonly #store: ExecutionStore;
  readonly #clock: Clock;
  readonly #surroundings: Surroundings;
  /** By ARN. */
  readonly #running = new Map<string, Execution>();
  /** Of those, by the number of the execution whose Map they are an item of. */
  readonly #children = new Map<number, Set<Execution>>();
  readonly #created = Date.now();
  readonly #actions: Readonly<Record<string, (request: Request) => Record<string, unknown>>> = {
    StartExecution: (request) => this.#start(request),
    DescribeExecution: (request) => this.#describe(request),
    GetExecutionHistory: (request) => this.#history(request),
    StopExecution: (request) => this.#stop(request),
    ListExecutions: (request) => this.#list(request),
    ListStateMachines: (request) => {
      const machines = [...this.#machines.values()].map((machine) => this.#machineSummary(machine));
      return page('stateMachines', machines, request, false);
    },
    DescribeStateMachine: (request) => this.#describeMachine(request),
  };
  /** Names of what went on at the start, but for the items of Maps. */
  readonly resumed: readonly string[];
  #isClosed = false;
  /** Why the store can't be written. */
  #trouble: Error | undefined;

  /**
   * Executions that are in the store and have not ended go on.
   *
   * @param readObject where Distributed Maps find their items
   * @throws Error when a definition can't be run faithfully
   */
  constructor(
    machines: readonly StateMachineResource[],
    functions: FunctionInvoker,
    readObject: ReadObject = async () => undefined,
    nature: Nature = {},
  ) {
    for (const { definition } of machines) assertFaithful(definition, (arn) => functions.has(arn));
    this.#machines = new Map(machines.map((machine) => [machine.arn, machine]));
    const { store = new ExecutionStore(':memory:'), clock = CLOCK } = nature;
    this.#store = store;
    store.onTrouble = (error) => this.#wait(error);
    this.#clock = clock;
    this.#surroundings = {
      functions,
      readObject,
      startExecution: (request) => this.#start(request),
      store,
      onRunning: (execution) => this.#add(execution),
      onEnded: (execution) => this.#remove(execution),
      running: (arn) => this.#running.get(arn),
      ...nature,
    };
    const stored = this.#goOn();
    this.resumed = stored.filter(({ childOf }) => childOf === undefined).map(({ name }) => name);
  }

  /** How many executions run. */
  get running(): number {
    return this.#running.size;
  }

  /** Answers one action with its response. @throws ServiceError as the API does */
  call(action: string, request: Request): Record<string, unknown> {
    if (this.#trouble === undefined) this.#store.expire(this.#clock.now());
    if (Object.hasOwn(this.#actions, action)) {
      const answer = this.#actions[action]!(request);
      this.#store.commit();
      return answer;
    }
    throw new ServiceError('UnknownOperationException', `${action} is not available in the local cloud`);
  }

  /** Lets go of what runs: it goes on with the next service on the same store. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#suspend();
  }

  async #suspend(): Promise<void> {
    const executions = [...this.#running.values()];
    this.#running.clear();
    this.#children.clear();
    for (const execution of executions) execution.suspend();
    // Not before: a Map that is stopped aborts its items.
    for (const execution of executions) execution.stop();
    await Promise.all(executions.map(({ ended }) => ended));
  }

  #goOn(): readonly WholeExecution[] {
    const stored = this.#store.running();
    const numbers = new Set(stored.map(({ number }) => number));
    for (const one of stored) this.#add(new Execution(one, this.#surroundings, one));
    for (const { arn, childOf } of stored) {
      // The end of what it belonged to was written last.
      if (childOf !== undefined && !numbers.has(childOf.parent)) this.#running.get(arn)?.abort();
    }
    return stored;
  }

  #add(execution: Execution): void {
    this.#running.set(execution.arn, execution);
    const { childOf } = execution;
    if (childOf === undefined) return;
    const children = this.#children.get(childOf.parent) ?? new Set();
    this.#children.set(childOf.parent, children.add(execution));
  }

  #remove(execution: Execution): void {
    const { arn, number, childOf } = execution;
    this.#running.delete(arn);
    if (childOf !== undefined) this.#children.get(childOf.parent)?.delete(execution);
    for (const child of this.#children.get(number) ?? []) child.abort();
    this.#children.delete(number);
  }

  /** While the store can't be written nothing goes on; when it can, all goes on as after the end of the process. */
  #wait(error: unknown): void {
    if (this.#trouble !== undefined) return;
    const { message } = error as Error;
    const advice = adviceFor(error);
    this.#trouble = new Error(`executions wait: ${message}${advice === undefined ? '' : `; ${advice}`}`);
    console.error(this.#trouble.message);
    void this.#suspend();
    const again = setInterval(() => {
      try {
        if (!this.#isClosed) this.#store.tryToWrite();
      } catch {
        return;
      }
      clearInterval(again);
      if (this.#isClosed) return;
      this.#trouble = undefined;
      this.#goOn();
    }, TRY_AGAIN_MS);
  }

  #machineSummary({ arn, name }: StateMachineResource) {
    return { stateMachineArn: arn, name, type: 'STANDARD', creationDate: this.#created / 1000 };
  }

  #describeMachine(request: Request): Record<string, unknown> {
    const machine = this.#machine(request);
    const definition = JSON.stringify(machine.definition);
    return { ...this.#machineSummary(machine), definition, status: 'ACTIVE', roleArn: LOCAL_ROLE };
  }

  #machine(request: Request): StateMachineResource {
    const arn = arnOf('stateMachine', request.stateMachineArn);
    const machine = this.#machines.get(arn);
    if (machine === undefined) {
      throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    }
    return machine;
  }

  #execution(request: Request): StoredExecution {
    const arn = arnOf('execution', request.executionArn);
    const execution = this.#store.find(arn);
    if (execution === undefined) {
      throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    }
    return execution;
  }

  #start(request: Request): Record<string, unknown> {
    const machine = this.#machine(request);
    const name = executionName(request.name ?? undefined);
    const input = executionInput(request.input ?? undefined);
    const arn = executionArn(machine.arn, name);
    const existing = this.#store.find(arn);
    if (existing !== undefined && (existing.status !== 'RUNNING' || existing.input !== input)) {
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = existing ?? this.#begin(machine, name, input);
    return { executionArn: execution.arn, startDate: execution.startDate / 1000 };
  }

  #begin(machine: StateMachineResource, name: string, input: string): Execution {
    if (this.#isClosed) throw new ServiceError('ServiceUnavailable', 'the local cloud is closing');
    if (this.#trouble !== undefined) throw this.#trouble;
    const execution = new Execution({ machine, deployedArn: machine.arn, name, input }, this.#surroundings);
    this.#add(execution);
    return execution;
  }

  #describe(request: Request): Record<string, unknown> {
    const execution = this.#execution(request);
    const { input, ending } = execution;
    const { output, ...why } = ending;
    const data = request.includedData === 'METADATA_ONLY' ? {} : { input, output };
    return { ...summaryOf(execution), ...data, ...why };
  }

  #stop(request: Request): Record<string, unknown> {
    const { arn, isExpress } = this.#execution(request);
    if (isExpress) throw notForExpress('StopExecution');
    if (this.#trouble !== undefined) throw this.#trouble;
    this.#running.get(arn)?.abort(request.error as string | undefined, request.cause as string | undefined);
    const { stopDate } = this.#execution(request);
    if (stopDate === undefined) throw this.#trouble ?? new ServiceError('ServiceUnavailable', 'closing');
    return { stopDate: stopDate / 1000 };
  }

  #history(request: Request): Record<string, unknown> {
    const { number, isExpress } = this.#execution(request);
    if (isExpress) throw notForExpress('GetExecutionHistory');
    const listing = {
      length: this.#store.countEvents(number),
      slice: (from: number, to: number) => this.#store.events(number, from, to),
    };
    const answer = page('events', listing, request, request.reverseOrder === true);
    if (request.includeExecutionData !== false) return answer;
    return { ...answer, events: (answer.events as HistoryEvent[]).map(withoutData) };
  }

  #list(request: Request): Record<string, unknown> {
    const listed: Listed = { status: statusFilter(request.statusFilter), ...this.#listed(request) };
    const listing = {
      length: this.#store.count(listed),
      slice: (from: number, to: number) => this.#store.list(listed, from, to).map(summaryOf),
    };
    return page('executions', listing, request, true);
  }

  /** Of a state machine those that were started, or of a Map Run its children. */
  #listed(request: Request): Listed {
    const { stateMachineArn, mapRunArn } = request;
    if (mapRunArn === undefined) return { machineArn: this.#machine(request).arn };
    if (stateMachineArn !== undefined) {
      throw new ServiceError('ValidationException', 'either stateMachineArn or mapRunArn, not both');
    }
    return { mapRunArn: arnOf('mapRun', mapRunArn) };
  }
}

const notForExpress = (action: string) =>
  new ServiceError('ValidationException', `${action} is not supported by EXPRESS state machines`);

/** An event whose data are left out. */
const withoutData = (event: HistoryEvent): HistoryEvent =>
  JSON.parse(
    JSON.stringify(event, (key, value) =>
      ['input', 'output', 'parameters'].includes(key) ? undefined : value,
    ),
  ) as HistoryEvent;

/** What listings show of an execution, and descriptions too. */
const summaryOf = ({ arn, machineArn, childOf, name, status, startDate, stopDate }: ExecutionSummary) => ({
  executionArn: arn,
  stateMachineArn: machineArn,
  ...(childOf !== undefined && { mapRunArn: childOf.mapRunArn }),
  name,
  status,
  startDate: startDate / 1000,
  ...(stopDate !== undefined && { stopDate: stopDate / 1000 }),
});
