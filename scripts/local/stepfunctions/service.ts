/** The part of Step Functions' API that people and tools use, on executions in memory. */
import type { FunctionHost } from '../lambda/function-host.ts';
import type { StateMachineResource } from '../resources.ts';
import { Execution } from './execution.ts';
import { assertFaithful } from './faithful.ts';

/** An error of the API, named as in its reference. */
export class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

type Request = Record<string, unknown>;
const MAX_RESULTS = 1000;

export class StepFunctionsService {
  readonly #machines: Map<string, StateMachineResource>;
  readonly #functions: FunctionHost;
  readonly #executions = new Map<string, Execution>();
  readonly #created = Date.now();

  /** @throws Error when a definition can't be run faithfully */
  constructor(machines: readonly StateMachineResource[], functions: FunctionHost) {
    for (const { definition } of machines) assertFaithful(definition, (arn) => functions.has(arn));
    this.#machines = new Map(machines.map((machine) => [machine.arn, machine]));
    this.#functions = functions;
  }

  /** Answers one action with its response. @throws ServiceError as the API does */
  call(action: string, request: Request): Record<string, unknown> {
    switch (action) {
      case 'StartExecution':
        return this.#start(request);
      case 'DescribeExecution':
        return this.#describe(request);
      case 'GetExecutionHistory':
        return this.#history(request);
      case 'StopExecution':
        return this.#stop(request);
      case 'ListExecutions':
        return this.#list(request);
      case 'ListStateMachines':
        return {
          stateMachines: [...this.#machines.values()].map(({ arn, name }) => ({
            stateMachineArn: arn,
            name,
            type: 'STANDARD',
            creationDate: this.#created / 1000,
          })),
        };
      case 'DescribeStateMachine': {
        const { arn, name, definition } = this.#machine(request);
        return {
          stateMachineArn: arn,
          name,
          definition: JSON.stringify(definition),
          type: 'STANDARD',
          status: 'ACTIVE',
          roleArn: 'arn:aws:iam::000000000000:role/local',
          creationDate: this.#created / 1000,
        };
      }
      default:
        throw new ServiceError('UnknownOperationException', `${action} is not available in the local cloud`);
    }
  }

  /** Aborts what runs and waits for its end. */
  async close(): Promise<void> {
    for (const execution of this.#executions.values()) execution.abort();
    await Promise.all([...this.#executions.values()].map((execution) => execution.ended));
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
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
    const input = String(request.input ?? '{}');
    try {
      JSON.parse(input);
    } catch (error) {
      throw new ServiceError(
        'InvalidExecutionInput',
        `Invalid State Machine Execution Input: ${(error as Error).message}`,
      );
    }
    const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const existing = this.#executions.get(arn);
    if (existing !== undefined && (existing.status !== 'RUNNING' || existing.input !== input)) {
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = existing ?? new Execution(machine, name, input, this.#functions);
    this.#executions.set(arn, execution);
    return { executionArn: execution.arn, startDate: execution.startDate / 1000 };
  }

  #describe(request: Request): Record<string, unknown> {
    const execution = this.#execution(request);
    const { arn, stateMachineArn, name, status, startDate, stopDate, input, output, error, cause } =
      execution;
    return {
      executionArn: arn,
      stateMachineArn,
      name,
      status,
      startDate: startDate / 1000,
      ...(stopDate === undefined ? {} : { stopDate: stopDate / 1000 }),
      input,
      output,
      error,
      cause,
    };
  }

  #stop(request: Request): Record<string, unknown> {
    const execution = this.#execution(request);
    execution.abort(request.error as string | undefined, request.cause as string | undefined);
    return { stopDate: (execution.stopDate ?? Date.now()) / 1000 };
  }

  #history(request: Request): Record<string, unknown> {
    const { events } = this.#execution(request).history;
    const ordered = request.reverseOrder === true ? events.toReversed() : events;
    return page('events', ordered, request);
  }

  #list(request: Request): Record<string, unknown> {
    const { arn } = this.#machine(request);
    const matching = [...this.#executions.values()]
      .filter((execution) => execution.stateMachineArn === arn)
      .filter(({ status }) => request.statusFilter === undefined || request.statusFilter === status)
      .reverse()
      .map(({ arn: executionArn, stateMachineArn, name, status, startDate }) => ({
        executionArn,
        stateMachineArn,
        name,
        status,
        startDate: startDate / 1000,
      }));
    return page('executions', matching, request);
  }
}

/** One page of a listing; the token is the next page's first index. */
function page(key: string, items: readonly unknown[], request: Request): Record<string, unknown> {
  const start = Number(request.nextToken ?? 0);
  if (!Number.isInteger(start) || start < 0) {
    throw new ServiceError('InvalidToken', `Invalid Token: '${String(request.nextToken)}'`);
  }
  const end = start + Math.min(Number(request.maxResults ?? 100) || 100, MAX_RESULTS);
  return { [key]: items.slice(start, end), ...(end < items.length ? { nextToken: String(end) } : {}) };
}
