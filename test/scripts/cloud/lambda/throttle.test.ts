/** The account's concurrency: what Lambda turns away, as the host, a state machine and the HTTP API see it. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startGateway } from '../../../../scripts/cloud/http/gateway.ts';
import { FunctionHost } from '../../../../scripts/cloud/lambda/function-host.ts';
import type { FunctionResource } from '../../../../scripts/cloud/resources.ts';
import type { HistoryEvent } from '../../../../scripts/cloud/stepfunctions/history-event.ts';
import { StepFunctionsService } from '../../../../scripts/cloud/stepfunctions/service.ts';
import { type Workbench, workbench } from '../functions.ts';
import { openApi } from '../http/open-api.ts';

/** Is under way until there is such a file. */
const HELD = `
  import { existsSync } from 'node:fs';
  export const handler = async ({ until }) => {
    while (!existsSync(until)) await new Promise((resolve) => setTimeout(resolve, 5));
    return 'held';
  };`;
const QUICK = `export const handler = async () => ({ statusCode: 200, body: 'quick' });`;
const CONCURRENCY = 3;
const CAUSE =
  /^Rate Exceeded\. \(Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: [\da-f-]{36}; Proxy: null\)$/;

let bench: Workbench;
let host: FunctionHost;
let held: FunctionResource;
let quick: FunctionResource;
let number = 0;
let until: string;
beforeAll(() => {
  bench = workbench();
  held = bench.bundle('held', HELD);
  quick = bench.bundle('quick', QUICK);
  // One process: the other two of three invocations wait for it, and count all the same.
  const limits = { processes: 1, concurrency: CONCURRENCY };
  host = new FunctionHost([held, quick], join(bench.folder, 'logs'), {}, limits);
});
beforeEach(() => {
  until = join(bench.folder, `until-${++number}`);
});
afterAll(async () => {
  await host.close();
  bench.remove();
});

/** Has so many invocations under way. @returns what lets them end, and their results */
function hold(count: number) {
  const event = JSON.stringify({ until });
  const all = Promise.all(Array.from({ length: count }, () => host.invoke(held.arn, event)));
  const letGo = () => {
    writeFileSync(until, '');
    return all;
  };
  onTestFinished(async () => void (await letGo()));
  return letGo;
}
const invokeQuick = () => host.invoke(quick.arn, '{}');
const statsOf = (fn: FunctionResource) => host.stats().find(({ name }) => name === fn.name)!;

describe('an invocation', () => {
  it('is throttled while as many of any functions are under way as the account may have, be it that they wait', async () => {
    const before = statsOf(quick);
    const letGo = hold(CONCURRENCY);
    const { error, payload } = await invokeQuick();
    expect(payload).toBeUndefined();
    expect(error).toEqual({
      errorType: 'Lambda.TooManyRequestsException',
      errorMessage: expect.stringMatching(CAUSE),
    });
    expect(existsSync(until)).toBe(false);
    expect((await letGo()).map((outcome) => outcome.payload)).toEqual(Array(CONCURRENCY).fill('"held"'));
    expect((await invokeQuick()).error).toBeUndefined();
    const { invocations, throttles, errors } = statsOf(quick);
    expect({ invocations, throttles, errors }).toEqual({
      invocations: before.invocations + 1,
      throttles: before.throttles + 1,
      errors: before.errors,
    });
  });

  it('is the last one that has its place', async () => {
    const letGo = hold(CONCURRENCY - 1);
    expect((await invokeQuick()).error).toBeUndefined();
    await letGo();
  });
});

describe('a state machine', () => {
  const machine = (Retry: object[]) => ({
    name: 'machine',
    arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:machine',
    definition: {
      StartAt: 'Quick',
      States: { Quick: { Type: 'Task', Resource: quick.arn, Retry, End: true } },
    },
  });
  /** Starts an execution. @returns how to look at it */
  function start(Retry: object[]) {
    const one = machine(Retry);
    const service = new StepFunctionsService([one], host);
    const { executionArn } = service.call('StartExecution', { stateMachineArn: one.arn, input: '{}' });
    const events = () => service.call('GetExecutionHistory', { executionArn }).events as HistoryEvent[];
    const describeIt = () => service.call('DescribeExecution', { executionArn });
    return {
      events,
      ended: () =>
        vi.waitUntil(() => describeIt().status !== 'RUNNING' && describeIt(), {
          timeout: 60_000,
          interval: 5,
        }),
    };
  }

  it('sees the error by its name, with a text as its cause', async () => {
    const letGo = hold(CONCURRENCY);
    const { events, ended } = start([]);
    expect(await ended()).toMatchObject({
      status: 'FAILED',
      error: 'Lambda.TooManyRequestsException',
      cause: expect.stringMatching(CAUSE),
    });
    expect(events().map(({ type }) => type)).toContain('LambdaFunctionFailed');
    await letGo();
  });

  it('tries again, and goes on when there is a place', async () => {
    const letGo = hold(CONCURRENCY);
    const again = { ErrorEquals: ['Lambda.TooManyRequestsException'], IntervalSeconds: 1, MaxAttempts: 100 };
    const { events, ended } = start([{ ...again, JitterStrategy: 'FULL', MaxDelaySeconds: 2 }]);
    const failed = () => events().filter(({ type }) => type === 'LambdaFunctionFailed').length;
    await vi.waitUntil(() => failed() > 0, { timeout: 60_000, interval: 5 });
    await letGo();
    expect(await ended()).toMatchObject({ status: 'SUCCEEDED' });
  });
});

it('the HTTP API answers 503, as nobody else does', async () => {
  const gateway = await startGateway(0);
  try {
    gateway.serve(openApi(['GET /quick'], quick.arn, host));
    const ask = async () => {
      const response = await fetch(`${gateway.endpoint}/quick`);
      return [response.status, await response.text()];
    };
    const letGo = hold(CONCURRENCY);
    expect(await ask()).toEqual([503, '{"message":"Service Unavailable"}']);
    await letGo();
    expect(await ask()).toEqual([200, 'quick']);
  } finally {
    await gateway.close();
  }
});
