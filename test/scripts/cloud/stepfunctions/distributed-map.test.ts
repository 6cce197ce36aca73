/** Distributed Maps on the interpreter: what they read, run, give and fail with; and those that are refused. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../../../functions/contract/limits.ts';
import { FunctionHost } from '../../../../scripts/cloud/lambda/function-host.ts';
import { childStates, distributedMaps } from '../../../../scripts/cloud/stepfunctions/distributed-map.ts';
import { assertFaithful } from '../../../../scripts/cloud/stepfunctions/faithful.ts';
import { History } from '../../../../scripts/cloud/stepfunctions/history.ts';
import { StepFunctionsService } from '../../../../scripts/cloud/stepfunctions/service.ts';
import { type Workbench, workbench } from '../functions.ts';

type Fields = Record<string, unknown>;
const WORK = `
  export const handler = async (event) => {
    if (event.item?.error) throw Object.assign(new Error('no'), { name: event.item.error });
    return { ...event, worked: true };
  };`;

let bench: Workbench;
let functions: FunctionHost;
let service: StepFunctionsService;
const objects = new Map<string, string>();
const ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:batch';
const ROUND_ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:round';
const SWEEP_ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:sweep';

/** Before → Items (distributed) → After, which shows its input. */
function machine(resource: string, map: Fields = {}): Fields {
  const task = { Type: 'Task', Resource: resource, TimeoutSeconds: 60 };
  return {
    StartAt: 'Choose',
    States: {
      Choose: {
        Type: 'Choice',
        Choices: [{ Variable: '$.skip', IsPresent: true, Next: 'After' }],
        Default: 'Items',
      },
      Items: {
        Type: 'Map',
        MaxConcurrency: 2,
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON' },
          Parameters: { Bucket: 'bucket', 'Key.$': '$.key' },
        },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
          StartAt: 'Work',
          States: { Work: { ...task, Parameters: { 'item.$': '$' }, End: true } },
        },
        ResultPath: null,
        Next: 'After',
        ...map,
      },
      After: { ...task, End: true },
    },
  };
}

/** As above, with children of several states: they go round until nothing is left, and may fail on their own. */
function loopingMachine(resource: string): Fields {
  const task = { Type: 'Task', Resource: resource, TimeoutSeconds: 60 };
  return machine(resource, {
    ItemSelector: { 'item.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index', 'key.$': '$.key', all: 1 },
    ToleratedFailurePercentage: 100,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'Work',
      States: {
        Work: {
          ...task,
          Parameters: { 'item.$': '$.item', 'key.$': '$.key', 'all.$': '$.all', 'index.$': '$.index' },
          ResultPath: '$.result',
          Catch: [{ ErrorEquals: ['Known'], ResultPath: '$.error', Next: 'GiveUp' }],
          Next: 'Again',
        },
        Again: {
          Type: 'Choice',
          Choices: [
            {
              And: [
                { Variable: '$.item.rest', IsPresent: true },
                { Variable: '$.item.rest', NumericGreaterThan: 0 },
              ],
              Next: 'Less',
            },
          ],
          Default: 'Done',
        },
        Less: {
          Type: 'Pass',
          Parameters: {
            item: { rest: 0 },
            'key.$': '$.key',
            'all.$': '$.all',
            'index.$': '$.index',
          },
          Next: 'Work',
        },
        Done: { Type: 'Pass', End: true },
        GiveUp: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
      },
    },
  });
}

/** Fields of a Map over a part of the state's data, whose results go into another. */
const OWN_ITEMS: Fields = {
  ItemReader: undefined,
  ItemsPath: '$.parts',
  ItemSelector: { 'error.$': '$$.Map.Item.Value.error', 'index.$': '$$.Map.Item.Index', 'key.$': '$.key' },
  ResultPath: '$.results',
  Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.caught', Next: 'After' }],
};

beforeAll(() => {
  bench = workbench();
  const fn = bench.bundle('work', WORK);
  functions = new FunctionHost([fn], join(bench.folder, 'logs'), {});
  const readObject = async (bucket: string, key: string) => {
    const text = objects.get(`${bucket}/${key}`);
    return text === undefined ? undefined : new TextEncoder().encode(text);
  };
  const definition = machine(fn.arn);
  const sweep = { name: 'sweep', arn: SWEEP_ARN, definition: loopingMachine(fn.arn) };
  const round = { name: 'round', arn: ROUND_ARN, definition: machine(fn.arn, OWN_ITEMS) };
  const machines = [{ name: 'batch', arn: ARN, definition }, sweep, round];
  service = new StepFunctionsService(machines, functions, readObject);
});
afterAll(async () => {
  await service?.close();
  await functions?.close();
  bench.remove();
});

async function run(input: Fields, stateMachineArn = ARN) {
  const started = service.call('StartExecution', { stateMachineArn, input: JSON.stringify(input) });
  const { executionArn } = started;
  const ended = await vi.waitUntil(
    () => {
      const execution = service.call('DescribeExecution', { executionArn });
      return execution.status === 'RUNNING' ? undefined : execution;
    },
    { timeout: 120_000 },
  );
  const history = service.call('GetExecutionHistory', { executionArn, maxResults: 1000 });
  return { ended: ended as Fields, events: history.events as Fields[] };
}
/** What functions were invoked with. */
const invoked = (events: Fields[]) =>
  events.flatMap(({ lambdaFunctionScheduledEventDetails: details }) =>
    details === undefined ? [] : [JSON.parse((details as { input: string }).input)],
  );

describe('a Distributed Map', () => {
  it('runs its processor on each item of the JSON array in the bucket, and passes its own input on', async () => {
    objects.set('bucket/items.json', '[1, {"a": 2}, "three"]');
    const input = { key: 'items.json', more: [1] };
    const { ended, events } = await run(input);
    expect(ended.status).toBe('SUCCEEDED');
    expect(JSON.parse(ended.output as string)).toEqual({ ...input, worked: true });
    expect(invoked(events)).toEqual(
      expect.arrayContaining([{ item: 1 }, { item: { a: 2 } }, { item: 'three' }, input]),
    );
    expect(invoked(events)).toHaveLength(4);
  });

  it('runs over no items and over more than may pass between states', async () => {
    objects.set('bucket/none.json', '[]');
    const none = await run({ key: 'none.json' });
    expect(none.ended.status).toBe('SUCCEEDED');
    expect(invoked(none.events)).toHaveLength(1);
    const large = 'x'.repeat(LIMITS.stateBytes / 2);
    objects.set('bucket/large.json', JSON.stringify([large, large, large]));
    expect((await run({ key: 'large.json' })).ended.status).toBe('SUCCEEDED');
  });

  it('is gone around by who goes around it', async () => {
    const { ended, events } = await run({ skip: true });
    expect(ended.status).toBe('SUCCEEDED');
    expect(invoked(events)).toEqual([{ skip: true }]);
  });

  it('fails with its own error when an item fails', async () => {
    objects.set('bucket/bad.json', '[1, {"error": "Broken"}]');
    const { ended } = await run({ key: 'bad.json' });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
  });

  it('goes with each item through states of its own, with what its selector takes of the input', async () => {
    objects.set('bucket/loops.json', '[{"rest": 2}, 7]');
    const input = { key: 'loops.json' };
    const { ended, events } = await run(input, SWEEP_ARN);
    expect(JSON.parse(ended.output as string)).toEqual({ ...input, worked: true });
    const of = (index: number, item: unknown) => ({ item, key: 'loops.json', all: 1, index });
    const [first, second, third, last] = invoked(events).sort((a, b) => a.index - b.index);
    expect([first, second, third]).toEqual([of(0, { rest: 2 }), of(0, { rest: 0 }), of(1, 7)]);
    expect(last).toEqual(input);
  });

  it('that tolerates failures goes on when some or all items fail, caught or not', async () => {
    objects.set('bucket/failing.json', '[{"error": "Known"}, {"error": "Unknown"}, {"rest": 1}]');
    const some = await run({ key: 'failing.json' }, SWEEP_ARN);
    expect(some.ended).toMatchObject({ status: 'SUCCEEDED' });
    expect(invoked(some.events)).toHaveLength(5);
    objects.set('bucket/failing.json', '[{"error": "Known"}, {"error": "Unknown"}]');
    expect((await run({ key: 'failing.json' }, SWEEP_ARN)).ended.status).toBe('SUCCEEDED');
  });

  it.each([
    ['is not there', 'lost.json', undefined],
    ['is no JSON', 'broken.json', '[1,'],
    ['is no array', 'object.json', '{}'],
  ])('fails when its object %s', async (_what, key, text) => {
    if (text !== undefined) objects.set(`bucket/${key}`, text);
    const { ended } = await run({ key });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.ItemReaderFailed' });
    expect(ended.cause).toContain(`s3://bucket/${key}`);
  });
});

describe('a Distributed Map over a part of its own data', () => {
  const part = (error: string | null) => ({ error });

  it('puts the results beside it, in the order of the items', async () => {
    const input = { key: 'k', parts: [part(null), part(null), part(null)] };
    const { ended, events } = await run(input, ROUND_ARN);
    expect(ended.status).toBe('SUCCEEDED');
    const results = [0, 1, 2].map((index) => ({
      item: { error: null, index, key: 'k' },
      worked: true,
    }));
    expect(JSON.parse(ended.output as string)).toEqual({ ...input, results, worked: true });
    const iterations = events.filter(({ type }) => String(type).startsWith('MapIteration'));
    expect(iterations).toHaveLength(6);
  });

  it('has its own error caught beside its input when an item fails', async () => {
    const input = { key: 'k', parts: [part('Broken'), part(null)] };
    const { ended } = await run(input, ROUND_ARN);
    expect(ended.status).toBe('SUCCEEDED');
    const { caught, ...rest } = JSON.parse(ended.output as string) as Fields;
    expect(caught).toMatchObject({ Error: 'States.ExceedToleratedFailureThreshold' });
    expect(rest).toEqual({ ...input, worked: true });
  });

  it('may not have more results than fit between two states', async () => {
    const key = 'x'.repeat(LIMITS.stateBytes / 3);
    const { ended } = await run({ key, parts: [part(null), part(null), part(null)] }, ROUND_ARN);
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });
});

describe('assertFaithful', () => {
  const problemsOf = (map: Fields) => () => assertFaithful(machine('work', map), (arn) => arn === 'work');
  const { Items } = machine('work').States as { Items: Fields };
  const reader = Items.ItemReader as Fields;
  const processor = Items.ItemProcessor as Fields & { States: { Work: Fields } };
  const child = (more: Fields) => ({
    ItemProcessor: { ...processor, States: { Work: { ...processor.States.Work, ...more } } },
  });

  it('takes those that are tried above', () => {
    expect(problemsOf({})).not.toThrow();
    expect(() => assertFaithful(loopingMachine('work'), (arn) => arn === 'work')).not.toThrow();
    expect(problemsOf(OWN_ITEMS)).not.toThrow();
    expect(problemsOf({ ...OWN_ITEMS, ResultPath: null, Catch: undefined })).not.toThrow();
  });

  it.each<[string, Fields, string]>([
    ['items from two places', { ...OWN_ITEMS, ItemReader: reader }, 'ItemsPath beside an ItemReader'],
    ['all of the data as items', { ...OWN_ITEMS, ItemsPath: '$' }, 'ItemsPath $'],
    ['results as the whole data', { ...OWN_ITEMS, ResultPath: '$' }, 'results that replace the whole state'],
    [
      'results of tolerated failures',
      { ...OWN_ITEMS, ToleratedFailurePercentage: 100 },
      'results of tolerated failures',
    ],
    [
      'an error as the whole data',
      { ...OWN_ITEMS, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After' }] },
      'Catch.ResultPath undefined',
    ],
    [
      'an error beside items that were read',
      { Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'After' }] },
      'Catch beside an ItemReader',
    ],
    [
      'results that are kept',
      { ResultPath: '$.results' },
      'results of a DISTRIBUTED Map that are not discarded',
    ],
    [
      'a selector of anything but the item, its number and the input',
      { ItemSelector: { 'x.$': '$$.Execution.Name' } },
      'ItemSelector.x.$',
    ],
    [
      'a selector with a function',
      { ItemSelector: { 'x.$': "States.Format('{}', $.a)" } },
      'ItemSelector.x.$',
    ],
    ['some tolerance', { ToleratedFailurePercentage: 10 }, 'ToleratedFailurePercentage 10, not 100'],
    [
      'a child that waits',
      { ItemProcessor: { ...processor, States: { Work: { Type: 'Wait', Seconds: 1, End: true } } } },
      'Work, a Wait in a DISTRIBUTED Map',
    ],
    [
      'a choice that may fail',
      {
        ItemProcessor: {
          ...processor,
          StartAt: 'Which',
          States: {
            ...processor.States,
            Which: { Type: 'Choice', Choices: [{ Variable: '$.x', IsPresent: true, Next: 'Work' }] },
          },
        },
      },
      'Which, a Choice without Default in a DISTRIBUTED Map',
    ],
    ['a retry', { Retry: [{ ErrorEquals: ['States.ALL'] }] }, 'Retry'],
    [
      'a listing',
      { ItemReader: { Resource: 'arn:aws:states:::s3:listObjectsV2', Parameters: { Bucket: 'bucket' } } },
      'ItemReader.Resource arn:aws:states:::s3:listObjectsV2',
    ],
    [
      'CSV',
      { ItemReader: { ...reader, ReaderConfig: { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' } } },
      'ItemReader.ReaderConfig {"InputType":"CSV"',
    ],
    [
      'a version of the items',
      { ItemReader: { ...reader, Parameters: { VersionId: '1' } } },
      'ItemReader.Parameters.VersionId',
    ],
    ['items by pieces', { ItemReader: { ...reader, MaxItems: 1 } }, 'ItemReader.MaxItems'],
    [
      'a timeout of children',
      { ItemProcessor: { ...processor, TimeoutSeconds: 1 } },
      'ItemProcessor.TimeoutSeconds',
    ],
    [
      'the context',
      child({ Parameters: { 'x.$': '$$.Execution.Name' } }),
      'the context object in a DISTRIBUTED',
    ],
  ])('refuses %s', (_what, map, problem) => {
    expect(problemsOf(map)).toThrow(problem);
  });
});

it('events of children are not of the length of the execution', () => {
  const definition = loopingMachine('work');
  const history = new History(childStates(definition), distributedMaps(definition));
  const task = (name: string) => ({
    type: 'StateEntered',
    timestamp: 0,
    state: { name, type: 'Task', input: 1 },
  });
  for (const name of ['Items', 'Work', 'Work', 'After']) history.addFromInterpreter(task(name) as never);
  const iteration = { type: 'MapIterationStarted', timestamp: 0, index: 0, parentState: { name: 'Items' } };
  history.addFromInterpreter(iteration as never);
  history.add('LambdaFunctionStarted', {}, 'Work');
  expect(history.events).toHaveLength(6);
  expect(history.length).toBe(2);
});
