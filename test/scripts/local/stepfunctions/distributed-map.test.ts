/** Distributed Maps on the interpreter: what they read, run, give and fail with; and those that are refused. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../../../functions/shared/contract.ts';
import { FunctionHost } from '../../../../scripts/local/lambda/function-host.ts';
import { assertFaithful } from '../../../../scripts/local/stepfunctions/faithful.ts';
import { StepFunctionsService } from '../../../../scripts/local/stepfunctions/service.ts';
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

beforeAll(() => {
  bench = workbench();
  const fn = bench.bundle('work', WORK);
  functions = new FunctionHost([fn], join(bench.folder, 'logs'), {});
  const readObject = async (bucket: string, key: string) => {
    const text = objects.get(`${bucket}/${key}`);
    return text === undefined ? undefined : new TextEncoder().encode(text);
  };
  const definition = machine(fn.arn);
  service = new StepFunctionsService([{ name: 'batch', arn: ARN, definition }], functions, readObject);
});
afterAll(async () => {
  await service?.close();
  await functions?.close();
  bench.remove();
});

async function run(input: Fields) {
  const started = service.call('StartExecution', { stateMachineArn: ARN, input: JSON.stringify(input) });
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

describe('assertFaithful', () => {
  const problemsOf = (map: Fields) => () => assertFaithful(machine('work', map), (arn) => arn === 'work');
  const { Items } = machine('work').States as { Items: Fields };
  const reader = Items.ItemReader as Fields;
  const processor = Items.ItemProcessor as Fields & { States: { Work: Fields } };
  const child = (more: Fields) => ({
    ItemProcessor: { ...processor, States: { Work: { ...processor.States.Work, ...more } } },
  });

  it('takes the one that is tried above', () => {
    expect(problemsOf({})).not.toThrow();
  });

  it.each<[string, Fields, string]>([
    [
      'results that are kept',
      { ResultPath: '$.results' },
      'results of a DISTRIBUTED Map that are not discarded',
    ],
    ['batches', { ItemBatcher: { MaxItemsPerBatch: 10 } }, 'ItemBatcher'],
    ['a selector', { ItemSelector: { 'x.$': '$' } }, 'ItemSelector'],
    ['tolerance', { ToleratedFailurePercentage: 10 }, 'ToleratedFailurePercentage'],
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
      'the context',
      child({ Parameters: { 'x.$': '$$.Execution.Name' } }),
      'the context object in a DISTRIBUTED',
    ],
  ])('refuses %s', (_what, map, problem) => {
    expect(problemsOf(map)).toThrow(problem);
  });
});
