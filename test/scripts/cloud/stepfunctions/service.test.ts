/** The Step Functions API through the stock SDK, on the interpreter and real functions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../../../functions/contract/limits.ts';
import { LOCAL_CREDENTIALS } from '../../../../scripts/cloud/connection.ts';
import { LOCAL_REGION } from '../../../../scripts/cloud/intrinsics.ts';
import { FunctionHost } from '../../../../scripts/cloud/lambda/function-host.ts';
import { startStepFunctionsServer } from '../../../../scripts/cloud/stepfunctions/server.ts';
import { StepFunctionsService } from '../../../../scripts/cloud/stepfunctions/service.ts';
import { isAlive, type Workbench, workbench } from '../functions.ts';

/** Does what its event says. */
const WORK = `
  let calls = 0;
  export const handler = async (event) => {
    calls++;
    console.log('pid=' + process.pid + '.');
    if (event.waitMs) await new Promise((resolve) => setTimeout(resolve, event.waitMs));
    if (event.failures >= calls) throw Object.assign(new Error('try again'), { name: 'Busy' });
    if (event.error) throw Object.assign(new Error(event.message), { name: event.error });
    if (event.repeat) return event.letter.repeat(event.repeat);
    return { ...event, calls };
  };`;

type Fields = Record<string, unknown>;
/** A busy machine takes longer to start a process than the second that is waited otherwise. */
const PATIENCE = { timeout: 60_000, interval: 20 };
let bench: Workbench;
let functions: FunctionHost;
let service: StepFunctionsService;
let server: Awaited<ReturnType<typeof startStepFunctionsServer>>;
let client: SFNClient;
let work: string;
/** A state that does the work, and a machine of it alone. */
const task = (more: Fields = {}) => ({
  Type: 'Task',
  Resource: work,
  TimeoutSeconds: 60,
  End: true,
  ...more,
});
const working = (more: Fields = {}) => ({ StartAt: 'Work', States: { Work: task(more) } });
const arnOf = (machine: string) => `arn:aws:states:us-east-1:000000000000:stateMachine:${machine}`;

beforeAll(async () => {
  bench = workbench();
  const fn = bench.bundle('work', WORK);
  work = fn.arn;
  functions = new FunctionHost([fn], join(bench.folder, 'logs'), {});
  const catchAll = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Caught' }];
  const caught = { Type: 'Pass', Parameters: { 'caught.$': '$.error' }, End: true };
  const definitions: Record<string, Fields> = {
    once: working(),
    careful: {
      StartAt: 'Work',
      States: {
        Work: task({
          Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 1, MaxDelaySeconds: 1, JitterStrategy: 'FULL' }],
          Catch: catchAll,
        }),
        Caught: caught,
      },
    },
    context: working({
      Parameters: {
        'name.$': '$$.Execution.Name',
        'id.$': '$$.Execution.Id',
        'input.$': '$$.Execution.Input',
        'machine.$': '$$.StateMachine.Name',
      },
    }),
    items: {
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemsPath: '$.items',
          MaxConcurrency: 1,
          ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...working() },
          Catch: catchAll,
          End: true,
        },
        Caught: caught,
      },
    },
    grow: {
      StartAt: 'Twice',
      States: {
        Twice: { Type: 'Pass', Parameters: { 'a.$': '$', 'b.$': '$' }, Next: 'Work' },
        Work: task({ Catch: catchAll }),
        Caught: caught,
      },
    },
    copied: working({ Parameters: { 'a.$': '$', 'b.$': '$' } }),
    forever: {
      StartAt: 'Again',
      States: {
        Again: { Type: 'Pass', Next: 'Choose' },
        Choose: {
          Type: 'Choice',
          Choices: [{ Variable: '$.stop', BooleanEquals: true, Next: 'Done' }],
          Default: 'Again',
        },
        Done: { Type: 'Succeed' },
      },
    },
    brief: { TimeoutSeconds: 1, ...working() },
  };
  const machines = Object.entries(definitions).map(([name, definition]) => ({
    name,
    arn: arnOf(name),
    definition,
  }));
  service = new StepFunctionsService(machines, functions);
  server = await startStepFunctionsServer();
  server.serve(service);
  client = new SFNClient({ endpoint: server.endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });
});
afterAll(async () => {
  client.destroy();
  await server.close();
  await service.close();
  await functions.close();
  bench.remove();
});

async function start(machine: string, input: unknown = {}, name?: string): Promise<string> {
  const request = { stateMachineArn: arnOf(machine), input: JSON.stringify(input), name };
  return (await client.send(new StartExecutionCommand(request))).executionArn!;
}

async function ended(executionArn: string): Promise<DescribeExecutionCommandOutput> {
  return vi.waitFor(
    async () => {
      const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status === 'RUNNING') throw new Error('still running');
      return execution;
    },
    { timeout: 120_000, interval: 20 },
  );
}

const run = async (machine: string, input: unknown = {}) => ended(await start(machine, input));

async function history(executionArn: string, more: Fields = {}): Promise<HistoryEvent[]> {
  const { events } = await client.send(
    new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, ...more }),
  );
  return events!;
}

describe('StartExecution', () => {
  it('runs the state machine on the input', async () => {
    const execution = await run('once', { x: [1, 'ü'] });
    expect(execution).toMatchObject({ status: 'SUCCEEDED', input: '{"x":[1,"ü"]}' });
    expect(JSON.parse(execution.output!)).toMatchObject({ x: [1, 'ü'] });
    expect(execution.stopDate!.getTime()).toBeGreaterThanOrEqual(execution.startDate!.getTime());
  });

  it('of the same name and input answers with the execution that runs, and refuses another input', async () => {
    const input = { waitMs: 20_000 };
    const arn = await start('once', input, 'same');
    expect(arn).toBe('arn:aws:states:us-east-1:000000000000:execution:once:same');
    expect(await start('once', input, 'same')).toBe(arn);
    const refusal = { name: 'ExecutionAlreadyExists' };
    await expect(start('once', { waitMs: 1 }, 'same')).rejects.toMatchObject(refusal);
    await client.send(new StopExecutionCommand({ executionArn: arn }));
    await expect(start('once', input, 'same')).rejects.toMatchObject(refusal);
    expect(await ended(arn)).toMatchObject({ status: 'ABORTED' });
  });

  it.each([
    ['an unknown machine', 'nobody', '{}', 'x', 'StateMachineDoesNotExist'],
    ['input that is no JSON', 'once', '{', 'x', 'InvalidExecutionInput'],
    ['input above the limit', 'once', `"${'x'.repeat(LIMITS.stateBytes)}"`, 'x', 'ValidationException'],
    ['a name with a colon', 'once', '{}', 'a:b', 'InvalidName'],
    ['a name of 81 characters', 'once', '{}', 'x'.repeat(81), 'InvalidName'],
  ])('refuses %s', async (_, machine, input, name, error) => {
    const request = new StartExecutionCommand({ stateMachineArn: arnOf(machine), input, name });
    await expect(client.send(request)).rejects.toMatchObject({ name: error });
  });

  it('gives the context object of the execution', async () => {
    const arn = await start('context', { a: 1 }, 'contextual');
    expect(JSON.parse((await ended(arn)).output!)).toMatchObject({
      name: 'contextual',
      id: arn,
      input: { a: 1 },
      machine: 'context',
    });
  });
});

describe('an error of a function', () => {
  it("ends the execution with its name and Lambda's error as cause", async () => {
    const execution = await run('once', { error: 'ConfigError', message: 'layers: wrong' });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'ConfigError' });
    expect(JSON.parse(execution.cause!)).toMatchObject({
      errorType: 'ConfigError',
      errorMessage: 'layers: wrong',
    });
    expect((await history(execution.executionArn!)).map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionFailed',
      'ExecutionFailed',
    ]);
  });

  it('is tried again where Retry names it, with every attempt in the history', async () => {
    const first = await run('once');
    const { calls } = JSON.parse(first.output!) as { calls: number };
    const execution = await run('careful', { failures: calls + 2 });
    expect(JSON.parse(execution.output!)).toMatchObject({ calls: calls + 3 });
    const types = (await history(execution.executionArn!)).map(({ type }) => type);
    expect(types.filter((type) => type === 'LambdaFunctionFailed')).toHaveLength(2);
    expect(types.filter((type) => type === 'LambdaFunctionScheduled')).toHaveLength(3);
    expect(types.filter((type) => type === 'TaskStateEntered')).toHaveLength(1);
  });

  it('is caught where Catch matches it', async () => {
    const execution = await run('careful', { error: 'Other', message: 'no' });
    expect(JSON.parse(execution.output!)).toMatchObject({ caught: { Error: 'Other' } });
  });

  it('in one item fails the Map', async () => {
    const items = [{ a: 1 }, { error: 'Wrong', message: 'item 1' }, { a: 3 }];
    const execution = await run('items', { items });
    expect(JSON.parse(execution.output!)).toMatchObject({ caught: { Error: 'Wrong' } });
    expect(JSON.parse((await run('items', { items: [{ a: 1 }, { a: 2 }] })).output!)).toMatchObject([
      { a: 1 },
      { a: 2 },
    ]);
  });
});

describe('limits', () => {
  // In letters of two bytes, so that none has as many characters. Each is found by its own check: the cause names it.
  const half = 'ü'.repeat(LIMITS.stateBytes / 4);
  it.each([
    ["The task input of state 'Work'", 'copied', { text: half }],
    ["The output of state 'Twice'", 'grow', { text: half }],
  ])(
    '%s above 256 KB fails the execution, and States.ALL does not catch it',
    async (what, machine, input) => {
      const execution = await run(machine, input);
      expect(execution).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
      expect(execution.cause).toMatch(new RegExp(`^${what} has \\d+ bytes, at most ${LIMITS.stateBytes}`));
      const events = await history(execution.executionArn!);
      expect(events.at(-1)!.type).toBe('ExecutionFailed');
      expect(events.map(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name)).not.toContain(
        'Caught',
      );
    },
  );

  it('a result of a function above 256 KB is caught like an error of it', async () => {
    const execution = await run('careful', { repeat: LIMITS.stateBytes / 2, letter: 'ü' });
    expect(JSON.parse(execution.output!)).toEqual({
      caught: {
        Error: 'States.DataLimitExceeded',
        Cause: `The state/task '${work}' returned a result with a size exceeding the maximum number of bytes service limit.`,
      },
    });
    const failed = (await history(execution.executionArn!)).filter(
      ({ type }) => type === 'LambdaFunctionFailed',
    );
    expect(failed).toHaveLength(1);
  });

  it('256 KB pass', async () => {
    const { status, output } = await run('careful', { repeat: LIMITS.stateBytes - 2, letter: 'x' });
    expect(status).toBe('SUCCEEDED');
    expect(output).toHaveLength(LIMITS.stateBytes);
  });

  it('25,000 events fail the execution', async () => {
    const execution = await run('forever', { stop: false });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(execution.cause).toContain(String(LIMITS.historyEvents));
    const [last] = await history(execution.executionArn!, { reverseOrder: true, maxResults: 1 });
    expect(last).toMatchObject({ type: 'ExecutionFailed', id: LIMITS.historyEvents + 1 });
  });

  it("the machine's timeout ends execution and function", async () => {
    const execution = await run('brief', { waitMs: 20_000 });
    expect(execution).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
    expect((await history(execution.executionArn!)).at(-1)!.type).toBe('ExecutionTimedOut');
    await vi.waitFor(() => expect(isAlive(lastPid())).toBe(false), PATIENCE);
  });
});

const lastPid = () => {
  const log = readFileSync(join(bench.folder, 'logs', 'work.log'), 'utf8');
  return Number([...log.matchAll(/pid=(\d+)\./g)].at(-1)![1]);
};

describe('StopExecution', () => {
  it("ends the execution with its reason and the function's process", async () => {
    const arn = await start('careful', { waitMs: 20_000 });
    await vi.waitFor(async () => {
      expect((await history(arn)).at(-1)!.type).toBe('LambdaFunctionStarted');
      expect(isAlive(lastPid())).toBe(true);
    }, PATIENCE);
    const { stopDate } = await client.send(
      new StopExecutionCommand({ executionArn: arn, error: 'Enough', cause: 'changed my mind' }),
    );
    const execution = await ended(arn);
    expect(execution).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
      cause: 'changed my mind',
      stopDate,
    });
    await vi.waitFor(() => expect(isAlive(lastPid())).toBe(false), PATIENCE);
    expect((await history(arn)).at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'Enough', cause: 'changed my mind' },
    });
  });

  it('leaves one that has ended as it is', async () => {
    const execution = await run('once');
    await client.send(new StopExecutionCommand({ executionArn: execution.executionArn }));
    expect(await ended(execution.executionArn!)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('GetExecutionHistory', () => {
  it('pages in both directions', async () => {
    const { executionArn } = await run('once', { a: 1 });
    const all = await history(executionArn!);
    expect(all.map(({ id }) => id)).toEqual(all.map((_, index) => index + 1));
    expect(all.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(all[1]).toMatchObject({ stateEnteredEventDetails: { name: 'Work', input: '{"a":1}' } });
    for (const reverseOrder of [false, true]) {
      const ids: number[] = [];
      let nextToken: string | undefined;
      do {
        const page = await client.send(
          new GetExecutionHistoryCommand({ executionArn, maxResults: 3, reverseOrder, nextToken }),
        );
        expect(page.events!.length).toBeLessThanOrEqual(3);
        ids.push(...page.events!.map(({ id }) => id!));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      expect(ids).toEqual(reverseOrder ? [7, 6, 5, 4, 3, 2, 1] : [1, 2, 3, 4, 5, 6, 7]);
    }
  });

  it('newest first does not repeat events when new ones come between two pages', async () => {
    const executionArn = await start('once', { waitMs: 20_000 });
    await vi.waitFor(async () => expect(await history(executionArn)).toHaveLength(4), PATIENCE);
    const request = { executionArn, maxResults: 2, reverseOrder: true };
    const first = await client.send(new GetExecutionHistoryCommand(request));
    await client.send(new StopExecutionCommand({ executionArn }));
    expect(await history(executionArn)).toHaveLength(5);
    const second = await client.send(
      new GetExecutionHistoryCommand({ ...request, nextToken: first.nextToken }),
    );
    expect([...first.events!, ...second.events!].map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  });

  it.each([{ maxResults: 1001 }, { maxResults: -1 }])('refuses %j', async (more) => {
    const { executionArn } = await run('once');
    await expect(history(executionArn!, more)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it.each(['x', '-1', '1.5', '999'])('refuses the token %s', async (nextToken) => {
    const { executionArn } = await run('once');
    await expect(history(executionArn!, { nextToken })).rejects.toMatchObject({ name: 'InvalidToken' });
  });
});

describe('the other calls', () => {
  it('list and describe the machines', async () => {
    const { stateMachines } = await client.send(new ListStateMachinesCommand({}));
    expect(stateMachines!.map(({ name }) => name)).toContain('careful');
    const { definition, status } = await client.send(
      new DescribeStateMachineCommand({ stateMachineArn: arnOf('once') }),
    );
    expect(status).toBe('ACTIVE');
    expect(JSON.parse(definition!)).toEqual(working());
  });

  it('list the executions, newest first, of one status', async () => {
    await ended(await start('context', {}, 'older'));
    await ended(await start('context', {}, 'newer'));
    const request = { stateMachineArn: arnOf('context'), maxResults: 1 };
    const first = await client.send(new ListExecutionsCommand(request));
    const second = await client.send(new ListExecutionsCommand({ ...request, nextToken: first.nextToken }));
    expect([first, second].map(({ executions }) => executions![0]!.name)).toEqual(['newer', 'older']);
    const failed = await client.send(
      new ListExecutionsCommand({ stateMachineArn: arnOf('context'), statusFilter: 'FAILED' }),
    );
    expect(failed.executions).toEqual([]);
  });

  it('do not know an execution that never was', async () => {
    const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:once:never';
    for (const request of [
      new DescribeExecutionCommand({ executionArn }),
      new StopExecutionCommand({ executionArn }),
    ]) {
      await expect(client.send(request as DescribeExecutionCommand)).rejects.toMatchObject({
        name: 'ExecutionDoesNotExist',
      });
    }
    await expect(history(executionArn)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });

  it('are refused where the local cloud has none', async () => {
    const response = await fetch(server.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSStepFunctions.CreateStateMachine' },
      body: '{}',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
  });
});

describe('StepFunctionsService', () => {
  it('refuses a definition that it could not run faithfully', () => {
    const definition = working({ HeartbeatSeconds: 5 });
    expect(
      () => new StepFunctionsService([{ name: 'bad', arn: arnOf('bad'), definition }], functions),
    ).toThrow(/Work: HeartbeatSeconds/);
  });

  it('closed while executions run lets go of them', async () => {
    const stateMachineArn = arnOf('own');
    const machines = [{ name: 'own', arn: stateMachineArn, definition: working() }];
    const own = new StepFunctionsService(machines, functions);
    const { executionArn } = own.call('StartExecution', { stateMachineArn, input: '{"waitMs":20000}' });
    await own.close();
    expect(own.call('DescribeExecution', { executionArn })).toMatchObject({ status: 'RUNNING' });
    expect(own.running).toBe(0);
  });
});
