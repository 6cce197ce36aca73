/** The executions of one state machine; the only file of the functions that knows the Step Functions client. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  paginateListExecutions,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ExecutionStatus } from '../schemas/manage.ts';
import { NETWORK_TROUBLE } from '../store/network-trouble.ts';

export interface FoundExecution {
  status: ExecutionStatus;
  /** JSON as it was started with. */
  input: string;
}

export interface Executions {
  /** What an execution of this name is called in requests. */
  arnOf(name: string): string;
  /**
   * Starts an execution; the same name and input again, while it runs, is the one that runs.
   *
   * @param input JSON
   * @returns false when the name is taken by another one, or by one that has ended
   */
  start(name: string, input: string): Promise<boolean>;
  /** Undefined where there is none of this name; a moment after its start there may be none yet. */
  find(name: string): Promise<FoundExecution | undefined>;
  /** Names of those that run, the newest first; what began or ended a moment ago may be missing or there. */
  running(): AsyncIterable<string>;
  /** Its functions finish what they are at. Does nothing to one that has ended. */
  stop(name: string): Promise<void>;
}

/** Step Functions did not answer usefully even after the SDK's own retries: trying again later may help. */
export class ExecutionsUnavailableError extends Error {
  override readonly name = 'ExecutionsUnavailableError';
}

/** Together well below the time of a function that is asked over HTTP. */
const SETTINGS = { maxAttempts: 3, requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000 } };

/** One client per container, made at the first use so that importing this file costs nothing. */
let shared: SFNClient | undefined;

/** @param client of another place than the environment names */
export function executionsOf(stateMachineArn: string, client?: SFNClient): Executions {
  shared ??= client === undefined ? new SFNClient(SETTINGS) : undefined;
  return new StateMachineExecutions(stateMachineArn, client ?? shared!);
}

class StateMachineExecutions implements Executions {
  readonly #arn: string;
  readonly #client: SFNClient;

  constructor(arn: string, client: SFNClient) {
    this.#arn = arn;
    this.#client = client;
  }

  arnOf(name: string): string {
    return `${this.#arn.replace(':stateMachine:', ':execution:')}:${name}`;
  }

  async start(name: string, input: string): Promise<boolean> {
    const command = new StartExecutionCommand({ stateMachineArn: this.#arn, name, input });
    try {
      await asked(this.#client.send(command));
      return true;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false;
      throw error;
    }
  }

  async find(name: string): Promise<FoundExecution | undefined> {
    const command = new DescribeExecutionCommand({ executionArn: this.arnOf(name) });
    try {
      const { status, input } = await asked(this.#client.send(command));
      return { status: status as ExecutionStatus, input: input ?? '{}' };
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  }

  async *running(): AsyncGenerator<string> {
    const request = { stateMachineArn: this.#arn, statusFilter: 'RUNNING' } as const;
    const pages = paginateListExecutions({ client: this.#client }, request);
    for (;;) {
      const { value, done } = await asked(pages.next());
      if (done === true) return;
      for (const { name } of value.executions ?? []) yield name!;
    }
  }

  async stop(name: string): Promise<void> {
    const executionArn = this.arnOf(name);
    const why = { error: 'Stopped', cause: 'stopped by somebody who may' };
    await asked(this.#client.send(new StopExecutionCommand({ executionArn, ...why })));
  }
}

/** @throws ExecutionsUnavailableError when trying again later may help; else the call's own error */
async function asked<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    const {
      name,
      code = '',
      message,
      $metadata,
    } = error as Error & {
      code?: string;
      $metadata?: { httpStatusCode?: number };
    };
    const status = $metadata?.httpStatusCode ?? 0;
    const isBusy = status >= 500 || /throttl|TooManyRequests/i.test(name);
    if (!isBusy && !NETWORK_TROUBLE.has(code) && !NETWORK_TROUBLE.has(name)) throw error;
    throw new ExecutionsUnavailableError(`Step Functions: ${code || status} ${name}: ${message}`, {
      cause: error,
    });
  }
}
