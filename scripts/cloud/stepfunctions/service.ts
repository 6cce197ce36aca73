/** The part of Step Functions' API that people and tools use, on executions in memory. */
import { LOCAL_ROLE } from '../intrinsics.ts';
import type { FunctionInvoker } from '../lambda/container.ts';
import type { StateMachineResource } from '../resources.ts';
import type { Clock } from './asl/clock.ts';
import { Execution, executionArn, type ReadObject, type WriteObject } from './execution.ts';
import { assertFaithful } from './faithful.ts';
import type { HistoryEvent } from './history.ts';
import {
  arnOf,
  executionInput,
  executionName,
  page,
  type Request,
  ServiceError,
  statusFilter,
} from './requests.ts';

/** What surrounds executions: time and chance, which are the machine's own by default, and where results go. */
export interface Nature {
  writeObject?: WriteObject;
  clock?: Clock;
  random?: () => number;
}

export class StepFunctionsService {
  readonly #machines: Map<string, StateMachineResource>;
  readonly #functions: FunctionInvoker;
  readonly #readObject: ReadObject;
  readonly #nature: Nature;
  readonly #executions = new Map<string, Execution>();
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
  #isClosed = false;

  /**
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
    this.#functions = functions;
    this.#readObject = readObject;
    this.#nature = nature;
  }

  /** Answers one action with its response. @throws ServiceError as the API does */
  call(action: string, request: Request): Record<string, unknown> {
    if (Object.hasOwn(this.#actions, action)) return this.#actions[action]!(request);
    throw new ServiceError('UnknownOperationException', `${action} is not available in the local cloud`);
  }

  /** Aborts what runs and waits for its end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const execution of this.#executions.values()) execution.abort();
    await Promise.all([...this.#executions.values()].map((execution) => execution.ended));
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

  #execution(request: Request): Execution {
    const arn = arnOf('execution', request.executionArn);
    const execution = this.#executions.get(arn);
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
    const existing = this.#executions.get(arn);
    if (existing !== undefined && (existing.status !== 'RUNNING' || existing.input !== input)) {
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = existing ?? this.#begin(machine, name, input);
    return { executionArn: execution.arn, startDate: execution.startDate / 1000 };
  }

  #begin(machine: StateMachineResource, name: string, input: string): Execution {
    if (this.#isClosed) throw new ServiceError('ServiceUnavailable', 'the local cloud is closing');
    const add = (execution: Execution): void => {
      this.#executions.set(execution.arn, execution);
    };
    const execution = new Execution(
      { machine, deployedArn: machine.arn, name, input },
      {
        functions: this.#functions,
        readObject: this.#readObject,
        startExecution: (request) => this.#start(request),
        onChild: add,
        ...this.#nature,
      },
    );
    add(execution);
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
    const execution = this.#execution(request);
    if (execution.isExpress) throw notForExpress('StopExecution');
    execution.abort(request.error as string | undefined, request.cause as string | undefined);
    return { stopDate: execution.stopDate! / 1000 };
  }

  #history(request: Request): Record<string, unknown> {
    const execution = this.#execution(request);
    if (execution.isExpress) throw notForExpress('GetExecutionHistory');
    const answer = page('events', execution.history.events, request, request.reverseOrder === true);
    if (request.includeExecutionData !== false) return answer;
    return { ...answer, events: (answer.events as HistoryEvent[]).map(withoutData) };
  }

  #list(request: Request): Record<string, unknown> {
    const status = statusFilter(request.statusFilter);
    const isListed = this.#listed(request);
    const matching = [...this.#executions.values()]
      .filter(isListed)
      .filter((execution) => status === undefined || execution.status === status)
      .map(summaryOf);
    return page('executions', matching, request, true);
  }

  /** Of a state machine those that were started, or of a Map Run its children. */
  #listed(request: Request): (execution: Execution) => boolean {
    const { stateMachineArn, mapRunArn } = request;
    if (mapRunArn === undefined) {
      const { arn } = this.#machine(request);
      return (execution) => execution.stateMachineArn === arn;
    }
    if (stateMachineArn !== undefined) {
      throw new ServiceError('ValidationException', 'either stateMachineArn or mapRunArn, not both');
    }
    const arn = arnOf('mapRun', mapRunArn);
    return (execution) => execution.mapRunArn === arn;
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
const summaryOf = ({ arn, stateMachineArn, mapRunArn, name, status, startDate, stopDate }: Execution) => ({
  executionArn: arn,
  stateMachineArn,
  ...(mapRunArn !== undefined && { mapRunArn }),
  name,
  status,
  startDate: startDate / 1000,
  ...(stopDate !== undefined && { stopDate: stopDate / 1000 }),
});
