/** Distributed Maps: each item is an execution of its own. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../functions/contract/limits.ts';
import {
  distributed,
  ended,
  type Fields,
  failing,
  jumpingClock,
  MACHINE,
  machineOf,
  run,
  serviceOf,
  task,
} from './stand.ts';

const OBJECTS = 'bucket/items.json';
const READER = {
  Resource: 'arn:aws:states:::s3:getObject',
  ReaderConfig: { InputType: 'JSON' },
  Parameters: { Bucket: 'bucket', 'Key.$': '$.key' },
};
const PASS = { Type: 'Pass', End: true };
/** Fails on an item that names an error. */
const work = (event: { error?: string }) => (event?.error === undefined ? event : failing(event.error));

describe('a Distributed Map', () => {
  it('over a list of its own leaves six events, whatever its items do', async () => {
    const { types, output, events } = await run(machineOf({ It: distributed(PASS) }), ['a', 'b', 'c']);
    expect(output).toEqual(['a', 'b', 'c']);
    expect(types).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events[2]).toMatchObject({ mapStateStartedEventDetails: { length: 3 } });
  });

  it('has children with histories of their own, which are listed by its run', async () => {
    const states = { It: distributed(task(), { Label: 'parts' }), After: PASS };
    const { service, events } = await run(
      machineOf({ ...states, It: { ...states.It, End: undefined, Next: 'After' } }),
      [7],
    );
    const started = events.find(({ type }) => type === 'MapRunStarted') as unknown as {
      mapRunStartedEventDetails: { mapRunArn: string };
    };
    const { mapRunArn } = started.mapRunStartedEventDetails;
    expect(mapRunArn).toMatch(/:mapRun:tried\/parts:[\da-f-]{36}$/);
    const { executions } = service.call('ListExecutions', { mapRunArn }) as { executions: Fields[] };
    expect(executions).toEqual([
      expect.objectContaining({ mapRunArn, status: 'SUCCEEDED', stateMachineArn: `${MACHINE}/parts` }),
    ]);
    const child = await ended(service, String(executions[0]!.executionArn));
    expect(child.types).toContain('LambdaFunctionSucceeded');
    expect(child.output).toBe(7);
    // Among those that were started are no children.
    const all = service.call('ListExecutions', { stateMachineArn: MACHINE }) as { executions: Fields[] };
    expect(all.executions).toHaveLength(1);
  });

  it('without a label has an id in its place, the same each time', async () => {
    const label = async (name: string) => {
      const { events } = await run(machineOf({ [name]: distributed(PASS) }), [1]);
      const started = JSON.stringify(events.find(({ type }) => type === 'MapRunStarted'));
      return /:mapRun:tried\/([\da-f]{8}-[\da-f]{4}-3[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}):/.exec(
        started,
      )?.[1];
    };
    expect(await label('It')).toMatch(/-/);
    expect(await label('It')).toBe(await label('It'));
    expect(await label('It')).not.toBe(await label('Other'));
  });

  it('reads its items, and gives what its selector makes of them', async () => {
    const ItemSelector = {
      'item.$': '$$.Map.Item.Value',
      'at.$': '$$.Map.Item.Index',
      'of.$': '$.key',
      all: 1,
    };
    const it = distributed(PASS, { ItemReader: READER, ItemSelector, ResultPath: '$.results' });
    const { output } = await run(
      machineOf({ It: it }),
      { key: 'items.json' },
      { objects: { [OBJECTS]: '[1, {"a": 2}]' } },
    );
    expect(output).toEqual({
      key: 'items.json',
      results: [
        { item: 1, at: 0, of: 'items.json', all: 1 },
        { item: { a: 2 }, at: 1, of: 'items.json', all: 1 },
      ],
    });
    const two = distributed(PASS, {
      ItemReader: { ...READER, ReaderConfig: { InputType: 'JSON', MaxItems: 2 } },
    });
    const objects = { [OBJECTS]: '[1, 2, 3]' };
    expect((await run(machineOf({ It: two }), { key: 'items.json' }, { objects })).output).toEqual([1, 2]);
  });

  it.each([
    ['is not there', undefined, 's3://bucket/items.json is not there'],
    ['is no JSON', '[1,', 's3://bucket/items.json: '],
    ['is no list', '{}', 'Attempting to map over non-iterable node.'],
  ])('fails when its object %s', async (_what, text, cause) => {
    const it = distributed(PASS, { ItemReader: READER });
    const objects: Record<string, string> = text === undefined ? {} : { [OBJECTS]: text };
    const ending = await run(machineOf({ It: it }), { key: 'items.json' }, { objects });
    expect(ending).toMatchObject({ error: 'States.ItemReaderFailed', cause: expect.stringContaining(cause) });
    expect(ending.types.slice(2)).toEqual([
      'MapStateStarted',
      'MapRunStarted',
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
  });

  it('fails with its own error when an item does, which stops the others and may be caught', async () => {
    let calls = 0;
    const states = {
      It: distributed(task({ TimeoutSeconds: undefined }), {
        MaxConcurrency: 2,
        Catch: [
          { ErrorEquals: ['States.ExceedToleratedFailureThreshold'], ResultPath: '$.error', Next: 'After' },
        ],
        ItemsPath: '$.items',
        ResultPath: '$.results',
      }),
      After: PASS,
    };
    const input = { items: [{ error: 'Own' }, { hangs: true }, 3, 4] };
    const counted = (event: Fields, signal: AbortSignal) => {
      calls++;
      return event.hangs === true
        ? new Promise((_, no) => signal.addEventListener('abort', no))
        : work(event);
    };
    const { output, service } = await run(machineOf(states), input, { work: counted });
    expect(output.error).toEqual({
      Error: 'States.ExceedToleratedFailureThreshold',
      Cause: 'The specified tolerated failure threshold was exceeded',
    });
    expect(calls).toBe(2);
    await service.close();
  });

  it.each<[Fields, unknown[], string]>([
    [{ ToleratedFailurePercentage: 100 }, ['X', 'X'], 'SUCCEEDED'],
    [{ ToleratedFailurePercentage: 50 }, ['X', 'ok'], 'SUCCEEDED'],
    [{ ToleratedFailurePercentage: 49.9 }, ['X', 'ok'], 'FAILED'],
    [{ ToleratedFailureCount: 1 }, ['X', 'ok', 'ok'], 'SUCCEEDED'],
    [{ ToleratedFailureCount: 1 }, ['X', 'X', 'ok'], 'FAILED'],
    [{ ToleratedFailureCount: 2, ToleratedFailurePercentage: 10 }, ['X', 'ok'], 'FAILED'],
    [{ ToleratedFailureCountPath: '$[0].count' }, ['ok', 'X'], 'SUCCEEDED'],
  ])('that tolerates %j of %j has %s', async (tolerance, what, status) => {
    const items = what.map((one) => (one === 'X' ? { error: 'X', count: 1 } : { count: 1 }));
    const it = distributed(task({ TimeoutSeconds: undefined }), tolerance);
    expect((await run(machineOf({ It: it }), items, { work })).status).toBe(status);
  });

  it.each<[Fields, unknown, string]>([
    [{ ToleratedFailureCountPath: '$[0]' }, ['x'], 'value "x" which is not a valid integer: $[0]'],
    [{ ToleratedFailureCountPath: '$[0]' }, [-1], 'ToleratedFailureCount cannot be negative.'],
    [{ ToleratedFailurePercentagePath: '$[0]' }, [{}], 'value "{}" which is not a valid float: $[0]'],
    [
      { ToleratedFailurePercentagePath: '$[0]' },
      [100.1],
      'ToleratedFailurePercentage must be between 0 and 100.',
    ],
  ])('with %j of %j fails', async (tolerance, input, cause) => {
    const ending = await run(machineOf({ It: distributed(PASS, tolerance) }), input);
    expect(ending).toMatchObject({ error: 'States.Runtime', cause: expect.stringContaining(cause) });
    expect(ending.types.slice(2)).toEqual(['MapStateStarted', 'ExecutionFailed']);
  });

  it('has items that failed among its results with all that they were given, and that counts, too', async () => {
    const it = distributed(task({ TimeoutSeconds: undefined }), {
      ToleratedFailurePercentage: 100,
      ResultPath: null,
    });
    const states = { It: { ...it, ResultPath: '$' } };
    const failed = { error: 'X', text: 'ü'.repeat(10) };
    const { output } = await run(machineOf(states), [failed], { work });
    expect(output).toEqual([
      expect.objectContaining({
        Status: 'FAILED',
        Error: 'X',
        Input: JSON.stringify(failed),
        Cause: expect.any(String),
      }),
    ]);
    const text = 'ü'.repeat(LIMITS.stateBytes / 16);
    const own = {
      ...it,
      ItemSelector: { error: 'X', 'text.$': '$$.Execution.Input.text' },
      ItemsPath: '$.items',
    };
    const large = await run(machineOf({ It: own }), { text, items: Array(9).fill(0) }, { work });
    expect(large).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('reads more than may pass between states, as no state passes it', async () => {
    const large = 'x'.repeat(LIMITS.stateBytes / 2);
    const objects = { [OBJECTS]: JSON.stringify([large, large, large]) };
    const inner = { Type: 'Pass', Result: 1, End: true };
    const it = distributed(inner, { ItemReader: READER });
    expect((await run(machineOf({ It: it }), { key: 'items.json' }, { objects })).output).toEqual([1, 1, 1]);
    const tooLarge = { [OBJECTS]: JSON.stringify([large + large]) };
    expect(await run(machineOf({ It: it }), { key: 'items.json' }, { objects: tooLarge })).toMatchObject({
      error: 'States.DataLimitExceeded',
      cause: expect.stringContaining("The item 0 of state 'It' has"),
    });
  });

  it('within another runs, too', async () => {
    const inner = distributed(PASS);
    expect(
      (await run(machineOf({ It: distributed(machineOf({ Outer: inner })) }), [[1, 2], [3]])).output,
    ).toEqual([[1, 2], [3]]);
  });

  it('over nothing comes to nothing', async () => {
    expect((await run(machineOf({ It: distributed(PASS) }), [])).output).toEqual([]);
  });
});

describe('a child', () => {
  const LOOP = machineOf({
    Again: { Type: 'Pass', Next: 'Which' },
    Which: { Type: 'Choice', Choices: [{ Variable: '$', NumericEquals: 1, Next: 'Done' }], Default: 'Again' },
    Done: { Type: 'Succeed' },
  });

  it('has a history of as many events as any execution, of which its parent has none', async () => {
    const { status, output, types } = await run(
      machineOf({ It: distributed(LOOP, { ToleratedFailurePercentage: 100 }) }),
      [0],
    );
    expect(status).toBe('SUCCEEDED');
    expect(output[0].Cause).toContain(`maximum number of history events (${LIMITS.historyEvents})`);
    expect(types).toHaveLength(8);
  });

  it('that is an express workflow ends after five minutes, and shows no history', async () => {
    const { clock, slept } = jumpingClock();
    const it = distributed(
      { Type: 'Wait', Seconds: 301, End: true },
      { ToleratedFailurePercentage: 100 },
      'EXPRESS',
    );
    const { output, service } = await run(machineOf({ It: it }), [0], { nature: { clock } });
    expect(slept[0]).toBe(300_000);
    expect(output[0]).toMatchObject({ Status: 'TIMED_OUT', Error: 'States.Timeout' });
    expect(() => service.call('GetExecutionHistory', { executionArn: output[0].ExecutionArn })).toThrow(
      'EXPRESS',
    );
  });

  it('is aborted with the execution that it belongs to', async () => {
    const service = serviceOf(machineOf({ It: distributed({ Type: 'Wait', Seconds: 60, End: true }) }));
    const { executionArn } = service.call('StartExecution', { stateMachineArn: MACHINE, input: '[1]' });
    const running = () =>
      (service.call('GetExecutionHistory', { executionArn }).events as { type: string }[]).map(
        ({ type }) => type,
      );
    while (!running().includes('MapRunStarted')) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    service.call('StopExecution', { executionArn });
    await service.close();
    expect(running().at(-1)).toBe('ExecutionAborted');
  });
});
