/** The part of Step Functions' API that people and tools use, on executions in memory. */
import { LIMITS } from '../../../functions/contract/limits.ts';
import { LOCAL_ACCOUNT } from '../intrinsics.ts';
import type { FunctionInvoker } from '../lambda/container.ts';
import type { StateMachineResource } from '../resources.ts';
import { Execution, executionArn, type ReadObject } from './execution.ts';
import { assertFaithful } from './faithful.ts';

/** An error of the API, named as in its reference. */
export class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

type Request = Record<string, unknown>;
/** Of a page, and what a request gets that names none or 0. */
const MAX_RESULTS = 1000;
const DEFAULT_RESULTS = 100;
/** What an execution's name may not hold ("StartExecution" in the API reference). */
const NOT_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;
const MAX_NAME = 80;

export class StepFunctionsService {
  readonly #machines: Map<string, StateMachineResource>;
  readonly #functions: FunctionInvoker;
  readonly #readObject: ReadObject;
  readonly #executions = new Map<string, Execution>();
  readonly #created = Date.now();
  readonly #actions: Readonly<Record<string, (request: Request) => Record<string, unknown>>> = {
    StartExecution: (request) => this.#start(request),
    DescribeExecution: (request) => this.#describe(request),
    GetExecutionHistory: (request) => this.#history(request),
    StopExecution: (request) => this.#stop(request),
    ListExecutions: (request) => this.#list(request),
    ListStateMachines: () => ({
      stateMachines: [...this.#machines.values()].map((machine) => this.#machineSummary(machine)),
    }),
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
  ) {
    for (const { definition } of machines) assertFaithful(definition, (arn) => functions.has(arn));
    this.#machines = new Map(machines.map((machine) => [machine.arn, machine]));
    this.#functions = functions;
    this.#readObject = readObject;
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
    const roleArn = `arn:aws:iam::${LOCAL_ACCOUNT}:role/local`;
    const definition = JSON.stringify(machine.definition);
    return { ...this.#machineSummary(machine), definition, status: 'ACTIVE', roleArn };
  }

  #machine(request: Request): StateMachineResource {
    const arn = String(request.stateMachineArn);
    const machine = this.#machines.get(arn);
    if (machine === undefined) {
      throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    }
    return machine;
  }

  #execution(request: Request): Execution {
    const arn = String(request.executionArn);
    const execution = this.#executions.get(arn);
    if (execution === undefined) {
      throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    }
    return execution;
  }

  #start(request: Request): Record<string, unknown> {
    const machine = this.#machine(request);
    const name = String(request.name ?? crypto.randomUUID());
    if (name.length < 1 || name.length > MAX_NAME || NOT_IN_NAMES.test(name)) {
      throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
    }
    const input = String(request.input ?? '{}');
    if (input.length > LIMITS.stateBytes) {
      throw new ServiceError(
        'ValidationException',
        `Value at 'input' has ${input.length} characters, at most ${LIMITS.stateBytes} are allowed`,
      );
    }
    try {
      JSON.parse(input);
    } catch (error) {
      const message = `Invalid State Machine Execution Input: ${(error as Error).message}`;
      throw new ServiceError('InvalidExecutionInput', message);
    }
    const arn = executionArn(machine.arn, name);
    const existing = this.#executions.get(arn);
    if (existing !== undefined && (existing.status !== 'RUNNING' || existing.input !== input)) {
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = existing ?? this.#begin(machine, name, input);
    this.#executions.set(arn, execution);
    return { executionArn: execution.arn, startDate: execution.startDate / 1000 };
  }

  #begin(machine: StateMachineResource, name: string, input: string): Execution {
    if (this.#isClosed) throw new ServiceError('ServiceUnavailable', 'the local cloud is closing');
    return new Execution(machine, name, input, {
      functions: this.#functions,
      readObject: this.#readObject,
      startExecution: (request) => this.#start(request),
    });
  }

  #describe(request: Request): Record<string, unknown> {
    const execution = this.#execution(request);
    const { stopDate, input, ending } = execution;
    const end = stopDate === undefined ? {} : { stopDate: stopDate / 1000 };
    return { ...summaryOf(execution), ...end, input, ...ending };
  }

  #stop(request: Request): Record<string, unknown> {
    const execution = this.#execution(request);
    execution.abort(request.error as string | undefined, request.cause as string | undefined);
    return { stopDate: (execution.stopDate ?? Date.now()) / 1000 };
  }

  #history(request: Request): Record<string, unknown> {
    const { events } = this.#execution(request).history;
    return page('events', events, request, request.reverseOrder === true);
  }

  #list(request: Request): Record<string, unknown> {
    const { arn } = this.#machine(request);
    const matching = [...this.#executions.values()]
      .filter((execution) => execution.stateMachineArn === arn)
      .filter(({ status }) => request.statusFilter === undefined || request.statusFilter === status)
      .map(summaryOf);
    return page('executions', matching, request, true);
  }
}

/** What listings show of an execution, and descriptions too. */
const summaryOf = ({ arn, stateMachineArn, name, status, startDate }: Execution) => ({
  executionArn: arn,
  stateMachineArn,
  name,
  status,
  startDate: startDate / 1000,
});

/**
 * One page of a listing that grows at its end.
 *
 * @param items oldest first; the token is an index among them, so that new ones shift no page, in either direction
 */
function page(
  key: string,
  items: readonly unknown[],
  request: Request,
  newestFirst: boolean,
): Record<string, unknown> {
  const size = Number(request.maxResults ?? 0) || DEFAULT_RESULTS;
  if (!Number.isInteger(size) || size < 0 || size > MAX_RESULTS) {
    throw new ServiceError(
      'ValidationException',
      `Value ${String(request.maxResults)} at 'maxResults': expected 0 to ${MAX_RESULTS}`,
    );
  }
  const from = Number(request.nextToken ?? (newestFirst ? items.length : 0));
  if (!Number.isInteger(from) || from < 0 || from > items.length) {
    throw new ServiceError('InvalidToken', `Invalid Token: '${String(request.nextToken)}'`);
  }
  const to = newestFirst ? Math.max(from - size, 0) : Math.min(from + size, items.length);
  const shown = newestFirst ? items.slice(to, from).reverse() : items.slice(from, to);
  const isLast = to === (newestFirst ? 0 : items.length);
  return { [key]: shown, ...(isLast ? {} : { nextToken: String(to) }) };
}
