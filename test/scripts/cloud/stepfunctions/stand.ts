/** A service on stand-in functions, with nothing between a test and it. */
import type { FunctionInvoker, Outcome } from '../../../../scripts/cloud/lambda/container.ts';
import type { HistoryEvent } from '../../../../scripts/cloud/stepfunctions/history-event.ts';
import { type Nature, StepFunctionsService } from '../../../../scripts/cloud/stepfunctions/service.ts';

export type Fields = Record<string, unknown>;
export const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:work';
export const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:tried';
/** A state that calls the function. */
export const task = (more: Fields = {}) => ({
  Type: 'Task',
  Resource: FUNCTION,
  TimeoutSeconds: 60,
  End: true,
  ...more,
});
/** A machine of these states, which begins with the first. */
export const machineOf = (States: Fields, more: Fields = {}) => ({
  StartAt: Object.keys(States)[0]!,
  States,
  ...more,
});

// biome-ignore lint/suspicious/noExplicitAny: a test knows what it sends, and what comes back
type Json = any;
type Work = (event: Json, signal: AbortSignal) => unknown;
export interface Stand {
  /** What the function does; it answers with its event by itself. */
  work?: Work;
  /** By bucket and key. */
  objects?: Record<string, string>;
  nature?: Nature;
}

/** A Map each of whose items is an execution of its own. @param inner a state, or a machine */
export const distributed = (inner: Fields, more: Fields = {}, ExecutionType = 'STANDARD') => ({
  Type: 'Map',
  ItemProcessor: {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType },
    ...(inner.StartAt === undefined ? machineOf({ Inner: inner }) : inner),
  },
  End: true,
  ...more,
});

/** Names the error that a function throws. */
export const failing = (errorType: string): never => {
  throw Object.assign(new Error('no'), { name: errorType });
};

const functionsOf = (work: Work): FunctionInvoker => ({
  has: (arn) => arn === FUNCTION,
  async invoke(_arn, event, signal): Promise<Outcome> {
    try {
      return { payload: JSON.stringify(await work(JSON.parse(event), signal!)) };
    } catch (error) {
      const { name, message } = error as Error;
      return { error: { errorType: name, errorMessage: message } };
    }
  },
});

export function serviceOf(definition: Fields, { work = (event) => event, objects = {}, nature }: Stand = {}) {
  const read = async (bucket: string, key: string) => {
    const text = objects[`${bucket}/${key}`];
    return text === undefined ? undefined : new TextEncoder().encode(text);
  };
  // As it comes out of a template: without fields that are undefined.
  const given = JSON.parse(JSON.stringify(definition)) as Fields;
  const machines = [{ name: 'tried', arn: MACHINE, definition: given }];
  return new StepFunctionsService(machines, functionsOf(work), read, nature);
}

export interface Ended {
  status: string;
  output: Json;
  error: string | undefined;
  cause: string | undefined;
  events: HistoryEvent[];
  types: string[];
  service: StepFunctionsService;
}

/** Runs the machine to its end. */
export async function run(definition: Fields, input: unknown = {}, stand: Stand = {}): Promise<Ended> {
  const service = serviceOf(definition, stand);
  const request = { stateMachineArn: MACHINE, input: JSON.stringify(input) };
  const { executionArn } = service.call('StartExecution', request);
  return await ended(service, executionArn as string);
}

/** Waits until the execution has ended, on turns of the event loop. */
export async function ended(service: StepFunctionsService, executionArn: string): Promise<Ended> {
  for (;;) {
    const { status, output, error, cause } = service.call('DescribeExecution', { executionArn });
    if (status !== 'RUNNING') {
      const events = eventsOf(service, executionArn);
      const said = { status, error, cause } as { status: string; error: string; cause: string };
      const parsed = output === undefined ? undefined : JSON.parse(String(output));
      return { ...said, output: parsed, events, types: events.map(({ type }) => type), service };
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export const eventsOf = (service: StepFunctionsService, executionArn: string): HistoryEvent[] =>
  service.call('GetExecutionHistory', { executionArn, maxResults: 1000 }).events as HistoryEvent[];

/** Time that passes at once where somebody waits for it. */
export function jumpingClock() {
  let now = Date.UTC(2026, 0, 1);
  const slept: number[] = [];
  return {
    slept,
    clock: {
      now: () => now,
      async sleep(ms: number, signal: AbortSignal) {
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        slept.push(ms);
        now += ms;
      },
    },
  };
}
