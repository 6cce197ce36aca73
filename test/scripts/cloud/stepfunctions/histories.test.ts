/** Which events executions leave, and what of a Map goes on when a part of it fails. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../functions/contract/limits.ts';
import type { HistoryEvent } from '../../../../scripts/cloud/stepfunctions/history-event.ts';
import {
  distributed,
  eventsOf,
  type Fields,
  failing,
  jumpingClock,
  MACHINE,
  machineOf,
  run,
  serviceOf,
  task,
} from './stand.ts';

const mapOf = (inner: Fields, more: Fields = {}) => ({
  Type: 'Map',
  ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...machineOf({ Inner: inner }) },
  End: true,
  ...more,
});
const PASS = { Type: 'Pass', End: true };
const named = (events: Fields[]) =>
  events.map(({ type, ...event }) => {
    const details = Object.entries(event).find(([key]) => key.endsWith('EventDetails'))?.[1] as Fields;
    const said = details?.name ?? details?.length ?? details?.mapRunArn ?? details?.error ?? '';
    const index = details?.index === undefined ? '' : `[${details.index}]`;
    return `${type} ${said}${index}`.trim();
  });

/** Each event with what it follows, as AWS's recorded histories have it. */
const chain = (events: HistoryEvent[]) =>
  events.map(({ type, previousEventId }) => {
    const previous = events.find(({ id }) => id === previousEventId);
    return previous === undefined ? type : `${type} after ${previous.type}`;
  });

describe('events lead to each other', () => {
  it('around those that tell of a Map and its iterations', async () => {
    const { events } = await run(machineOf({ It: mapOf(PASS, { MaxConcurrency: 1 }) }), ['a', 'b']);
    expect(chain(events)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted after MapStateEntered',
      'MapIterationStarted after MapStateStarted',
      'PassStateEntered after MapIterationStarted',
      'PassStateExited after PassStateEntered',
      'MapIterationSucceeded after PassStateExited',
      'MapIterationStarted after PassStateExited',
      'PassStateEntered after MapIterationStarted',
      'PassStateExited after PassStateEntered',
      'MapIterationSucceeded after PassStateExited',
      'MapStateSucceeded after MapIterationSucceeded',
      'MapStateExited after MapIterationSucceeded',
      'ExecutionSucceeded after MapStateExited',
    ]);
  });

  it('where an item fails, from what it failed by', async () => {
    const { clock } = jumpingClock();
    const inner = { Type: 'Fail', Error: 'E' };
    const states = {
      It: mapOf(inner, {
        Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: ['E'], Next: 'After' }],
      }),
      After: PASS,
    };
    const { events } = await run(machineOf(states), [1], { nature: { clock } });
    const attempt = [
      'MapIterationStarted after MapStateStarted',
      'FailStateEntered after MapIterationStarted',
      'MapIterationFailed after FailStateEntered',
    ];
    expect(chain(events).slice(2, -3)).toEqual([
      'MapStateStarted after MapStateEntered',
      ...attempt,
      'MapStateStarted after FailStateEntered',
      ...attempt,
      'MapStateFailed after FailStateEntered',
      'MapStateExited after MapStateFailed',
    ]);
  });

  it('of a task that failed, and of those that it stops', async () => {
    const work = ({ n }: { n: number }) => (n === 0 ? failing('E') : new Promise(() => undefined));
    const it = mapOf(task({ TimeoutSeconds: undefined }), { MaxConcurrency: 2 });
    const { events } = await run(machineOf({ It: it }), [{ n: 0 }, { n: 1 }], { work });
    expect(chain(events).slice(-6)).toEqual([
      'MapIterationFailed after LambdaFunctionFailed',
      'TaskStateAborted after LambdaFunctionFailed',
      'MapIterationAborted after LambdaFunctionFailed',
      'TaskStateAborted after LambdaFunctionFailed',
      'MapStateFailed after LambdaFunctionFailed',
      'ExecutionFailed after MapStateFailed',
    ]);
  });

  it('around those that tell of a Parallel and of a Map Run', async () => {
    const branches = [machineOf({ A: PASS }), machineOf({ B: PASS })];
    const parallel = { Type: 'Parallel', Branches: branches, End: true };
    expect(chain((await run(machineOf({ It: parallel }), 5)).events).slice(-3)).toEqual([
      'ParallelStateSucceeded after PassStateExited',
      'ParallelStateExited after PassStateExited',
      'ExecutionSucceeded after ParallelStateExited',
    ]);
    expect(chain((await run(machineOf({ It: distributed(PASS) }), [1])).events).slice(-4)).toEqual([
      'MapRunSucceeded after MapRunStarted',
      'MapStateSucceeded after MapRunSucceeded',
      'MapStateExited after MapRunSucceeded',
      'ExecutionSucceeded after MapStateExited',
    ]);
  });
});

it('that an execution is stopped follows nothing', async () => {
  const service = serviceOf(machineOf({ It: { Type: 'Wait', Seconds: 60, End: true } }));
  const { executionArn } = service.call('StartExecution', { stateMachineArn: MACHINE });
  await new Promise((resolve) => setImmediate(resolve));
  service.call('StopExecution', { executionArn });
  expect(eventsOf(service, executionArn as string).at(-1)).toMatchObject({
    type: 'ExecutionAborted',
    previousEventId: 0,
  });
  await service.close();
});

describe('a Map', () => {
  it('tells of its iterations', async () => {
    const { events, output } = await run(machineOf({ It: mapOf(PASS, { MaxConcurrency: 1 }) }), ['a', 'b']);
    expect(output).toEqual(['a', 'b']);
    expect(named(events)).toEqual([
      'ExecutionStarted',
      'MapStateEntered It',
      'MapStateStarted 2',
      'MapIterationStarted It[0]',
      'PassStateEntered Inner',
      'PassStateExited Inner',
      'MapIterationSucceeded It[0]',
      'MapIterationStarted It[1]',
      'PassStateEntered Inner',
      'PassStateExited Inner',
      'MapIterationSucceeded It[1]',
      'MapStateSucceeded',
      'MapStateExited It',
      'ExecutionSucceeded',
    ]);
  });

  it('whose item fails aborts the others, and nothing of them goes on after it is caught', async () => {
    let calls = 0;
    let aborted = 0;
    const work = ({ n }: { n: number }, signal: AbortSignal) => {
      calls++;
      if (n === 0) return new Promise((_, reject) => setImmediate(() => reject(wrong())));
      return new Promise(() => {
        signal.addEventListener('abort', () => aborted++);
      });
    };
    const wrong = () => Object.assign(new Error('no'), { name: 'Wrong' });
    const states = {
      It: mapOf(task({ TimeoutSeconds: undefined }), {
        MaxConcurrency: 3,
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After' }],
      }),
      After: { Type: 'Wait', Seconds: 1, End: true },
    };
    const input = Array.from({ length: 30 }, (_, n) => ({ n }));
    const { clock } = jumpingClock();
    const { events, status } = await run(machineOf(states), input, { work, nature: { clock } });
    expect(status).toBe('SUCCEEDED');
    expect({ calls, aborted }).toEqual({ calls: 3, aborted: 2 });
    const told = named(events);
    expect(told.slice(told.indexOf('MapIterationFailed It[0]'))).toEqual([
      'MapIterationFailed It[0]',
      'TaskStateAborted',
      'MapIterationAborted It[1]',
      'TaskStateAborted',
      'MapIterationAborted It[2]',
      'TaskStateAborted',
      'MapStateFailed',
      'MapStateExited It',
      'WaitStateEntered After',
      'WaitStateExited After',
      'ExecutionSucceeded',
    ]);
  });

  it('that is tried again starts anew, and has failed when no retry is left', async () => {
    const inner = { Type: 'Fail', Error: 'E', Cause: 'c' };
    const { clock } = jumpingClock();
    const it = mapOf(inner, { Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }] });
    const { events } = await run(machineOf({ It: it }), [1], { nature: { clock } });
    const attempt = [
      'MapStateStarted 1',
      'MapIterationStarted It[0]',
      'FailStateEntered Inner',
      'MapIterationFailed It[0]',
    ];
    expect(named(events).slice(2)).toEqual([...attempt, ...attempt, 'MapStateFailed', 'ExecutionFailed E']);
  });

  it('may not come to more than passes between states, though nobody keeps it', async () => {
    const text = 'ü'.repeat(LIMITS.stateBytes / 8);
    const states = {
      It: mapOf(PASS, { ItemSelector: { 'x.$': '$.text' }, ItemsPath: '$.n', ResultPath: null }),
    };
    const three = await run(machineOf(states), { text, n: [1, 2, 3] });
    expect(three.status).toBe('SUCCEEDED');
    const four = await run(machineOf(states), { text, n: [1, 2, 3, 4] });
    expect(four).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(four.cause).toContain("The result of state 'It' has");
  });

  it('runs at most forty items at a time, or as many as a path says', async () => {
    let atOnce = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce--;
      return 1;
    };
    const items = Array.from({ length: 50 }, () => 0);
    const free = task({ TimeoutSeconds: undefined });
    await run(machineOf({ It: mapOf(free, { ItemsPath: '$.items' }) }), { items }, { work });
    expect(most).toBe(40);
    most = 0;
    const limited = mapOf(free, { ItemsPath: '$.items', MaxConcurrencyPath: '$.most' });
    await run(machineOf({ It: limited }), { items, most: 2 }, { work });
    expect(most).toBe(2);
    expect(await run(machineOf({ It: limited }), { items, most: 'x' }, { work })).toMatchObject({
      cause: expect.stringContaining('"x" which is not a valid integer: $.most'),
    });
  });

  it('shows its item to the states in it, and needs a list', async () => {
    const inner = {
      Type: 'Pass',
      Parameters: { 'at.$': '$$.Map.Item.Index', 'is.$': '$$.Map.Item.Value' },
      End: true,
    };
    expect((await run(machineOf({ It: mapOf(inner) }), ['x'])).output).toEqual([{ at: 0, is: 'x' }]);
    expect(await run(machineOf({ It: mapOf(inner) }), {})).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining('must point to array'),
    });
  });
});

describe('a Parallel', () => {
  const parallel = (...inner: Fields[]) => ({
    Type: 'Parallel',
    Branches: inner.map((state, index) => machineOf({ [`B${index}`]: state })),
    End: true,
  });

  it('tells that it starts and succeeds', async () => {
    const { events, output } = await run(machineOf({ It: parallel(PASS, PASS) }), 5);
    expect(output).toEqual([5, 5]);
    expect(named(events).filter((event) => event.startsWith('Parallel'))).toEqual([
      'ParallelStateEntered It',
      'ParallelStateStarted',
      'ParallelStateSucceeded',
      'ParallelStateExited It',
    ]);
  });

  it('may not be given more than passes between states', async () => {
    const it = {
      ...parallel({ Type: 'Pass', Result: 1, End: true }),
      Parameters: { 'a.$': '$', 'b.$': '$' },
    };
    const half = 'ü'.repeat(LIMITS.stateBytes / 4);
    const ending = await run(machineOf({ It: it }), half);
    expect(ending).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(ending.cause).toContain("The input of state 'It' has");
    expect((await run(machineOf({ It: it }), half.slice(20))).status).toBe('SUCCEEDED');
  });

  it('fails with its first branch that does, and aborts the others', async () => {
    const { clock } = jumpingClock();
    const states = { It: parallel({ Type: 'Wait', Seconds: 9, End: true }, { Type: 'Fail', Error: 'E' }) };
    const { events } = await run(machineOf(states), {}, { nature: { clock } });
    expect(named(events).slice(3)).toEqual([
      'WaitStateEntered B0',
      'FailStateEntered B1',
      'WaitStateAborted',
      'ParallelStateFailed',
      'ExecutionFailed E',
    ]);
  });
});

describe('a task that takes too long', () => {
  it('times out, as the event of its schedule says', async () => {
    const { clock } = jumpingClock();
    let isAborted = false;
    const work = (_: unknown, signal: AbortSignal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          isAborted = true;
        });
      });
    const definition = machineOf({ It: task({ TimeoutSecondsPath: '$.s', TimeoutSeconds: undefined }) });
    const { events, error } = await run(definition, { s: 5 }, { work, nature: { clock } });
    expect({ error, isAborted }).toEqual({ error: 'States.Timeout', isAborted: true });
    expect(events[2]).toMatchObject({ lambdaFunctionScheduledEventDetails: { timeoutInSeconds: 5 } });
    expect(named(events).slice(3)).toEqual([
      'LambdaFunctionStarted',
      'LambdaFunctionTimedOut States.Timeout',
      'ExecutionFailed States.Timeout',
    ]);
    // What is caught has a cause all the same, which a Fail state's CausePath may name.
    const caught = {
      It: task({ TimeoutSeconds: 5, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Told' }] }),
      Told: { Type: 'Fail', ErrorPath: '$.Error', CausePath: '$.Cause' },
    };
    const failed = await run(machineOf(caught), {}, { work, nature: { clock } });
    expect(failed).toMatchObject({ error: 'States.Timeout', cause: '' });
  });
});

it('data are left out of events where they are not asked for', async () => {
  const service = serviceOf(machineOf({ It: PASS }));
  const { executionArn } = service.call('StartExecution', {
    stateMachineArn: MACHINE,
    input: '{"secret":1}',
  });
  await new Promise((resolve) => setImmediate(resolve));
  const history = (more: Fields) =>
    JSON.stringify(service.call('GetExecutionHistory', { executionArn, ...more }));
  expect(history({})).toContain('secret');
  expect(history({ includeExecutionData: false })).not.toContain('secret');
  expect(JSON.parse(history({ includeExecutionData: false })).events).toHaveLength(4);
});
