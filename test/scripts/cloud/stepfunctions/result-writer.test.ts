/** The files that a Distributed Map with a ResultWriter leaves in the bucket. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../functions/contract/limits.ts';
import { ExecutionStore } from '../../../../scripts/cloud/stepfunctions/execution-store.ts';
import {
  distributed,
  ended,
  type Fields,
  failing,
  MACHINE,
  machineOf,
  run,
  serviceOf,
  task,
} from './stand.ts';

const WRITER = {
  Resource: 'arn:aws:states:::s3:putObject',
  Parameters: { 'Bucket.$': '$.bucket', 'Prefix.$': "States.Format('results/{}', $$.Execution.Name)" },
};
const map = (inner: Fields, more: Fields = {}, type?: string) =>
  distributed(inner, { ItemsPath: '$.items', ResultWriter: WRITER, ...more }, type);
/** Fails on an item that names an error. */
const work = (event: { error?: string }) =>
  event.error === undefined ? { done: event } : failing(event.error);
const free = task({ TimeoutSeconds: undefined });
const TIME = /^\d{4}-\d\d-\d\dT.*Z$/;

/** Runs a Map on items; the files by what stands behind the name of the execution and the id of the Map Run. */
async function write(state: Fields, items: unknown[], states: Fields = {}) {
  const files: Record<string, unknown> = {};
  const nature = {
    writeObject: async (bucket: string, key: string, body: Uint8Array, arn: string) => {
      expect([bucket, arn]).toEqual(['bucket', MACHINE]);
      files[key] = JSON.parse(new TextDecoder().decode(body));
      sizes[key] = body.length;
    },
  };
  const sizes: Record<string, number> = {};
  const ending = await run(
    machineOf({ It: state, ...states }),
    { bucket: 'bucket', items },
    { work, nature },
  );
  return { ...ending, files, sizes };
}

describe('a Map that writes its results', () => {
  it('comes to where they are, in files by status that the manifest names', async () => {
    const items = [{ n: 1 }, { error: 'X', text: 'ü' }, { n: 2 }];
    const { output, files, sizes, events, types } = await write(
      map(free, { ToleratedFailurePercentage: 50 }),
      items,
    );
    const { mapRunArn } = events.find(({ type }) => type === 'MapRunStarted')!
      .mapRunStartedEventDetails as Record<string, string>;
    const { MapRunArn, ResultWriterDetails } = output;
    expect(MapRunArn).toBe(mapRunArn);
    const folder = ResultWriterDetails.Key.replace('/manifest.json', '');
    expect(folder).toMatch(/^results\/[\da-f-]{36}\/[\da-f-]{36}$/);
    expect(mapRunArn!.endsWith(`:${folder.split('/')[2]}`)).toBe(true);
    const [failed, succeeded] = [`${folder}/FAILED_0.json`, `${folder}/SUCCEEDED_0.json`];
    expect(Object.keys(files).sort()).toEqual([failed, succeeded, ResultWriterDetails.Key]);
    expect(files[ResultWriterDetails.Key]).toEqual({
      DestinationBucket: 'bucket',
      MapRunArn,
      ResultFiles: {
        FAILED: [{ Key: failed, Size: sizes[failed] }],
        PENDING: [],
        SUCCEEDED: [{ Key: succeeded, Size: sizes[succeeded] }],
      },
    });
    const common = {
      ExecutionArn: expect.stringMatching(/:execution:tried\/[\da-f-]{36}:[\da-f-]{36}$/),
      InputDetails: { Included: true },
      Name: expect.stringMatching(/^[\da-f-]{36}$/),
      RedriveCount: 0,
      StartDate: expect.stringMatching(TIME),
      StateMachineArn: expect.stringMatching(/:stateMachine:tried\/[\da-f-]{36}$/),
      StopDate: expect.stringMatching(TIME),
    };
    expect(files[succeeded]).toEqual(
      [items[0], items[2]].map((item) => ({
        ...common,
        Input: JSON.stringify(item),
        Output: JSON.stringify({ done: item }),
        OutputDetails: { Included: true },
        RedriveStatus: 'NOT_REDRIVABLE',
        RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
        Status: 'SUCCEEDED',
      })),
    );
    expect(files[failed]).toEqual([
      {
        ...common,
        Input: JSON.stringify(items[1]),
        Error: 'X',
        Cause: JSON.stringify({ errorType: 'X', errorMessage: 'no' }),
        RedriveStatus: 'REDRIVABLE_BY_MAP_RUN',
        Status: 'FAILED',
      },
    ]);
    // The events are those of any Map Run.
    expect(types.slice(2, 6)).toEqual([
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
    ]);
  });

  it('may be of any size, of which the state has nothing', async () => {
    const text = 'x'.repeat(LIMITS.stateBytes / 8);
    const large = map({ Type: 'Pass', Parameters: { text }, End: true });
    const { status, output, sizes } = await write(
      large,
      Array.from({ length: 12 }, () => ({})),
    );
    expect(status).toBe('SUCCEEDED');
    expect(JSON.stringify(output).length).toBeLessThan(500);
    expect(Math.max(...Object.values(sizes))).toBeGreaterThan(LIMITS.stateBytes);
  });

  it('tells of the items whose turn did not come, when it fails by others', async () => {
    const items = [{ error: 'X' }, { n: 1 }, { n: 2 }];
    const ending = await write(map(free, { MaxConcurrency: 1 }), items);
    expect(ending).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
    const { files } = ending;
    const named = Object.fromEntries(Object.entries(files).map(([key, file]) => [key.split('/')[3], file]));
    expect(Object.keys(named).sort()).toEqual(['FAILED_0.json', 'PENDING_0.json', 'manifest.json']);
    expect(named['PENDING_0.json']).toEqual(
      items.slice(1).map((item) => ({
        Input: JSON.stringify(item),
        InputDetails: { Included: true },
        Status: 'PENDING',
      })),
    );
  });

  it('says of express executions nothing of a redrive', async () => {
    const { files } = await write(map({ Type: 'Pass', End: true }, {}, 'EXPRESS'), [1]);
    const [succeeded] = Object.entries(files).find(([key]) => key.includes('SUCCEEDED'))![1] as [Fields];
    expect(Object.keys(succeeded).filter((field) => field.startsWith('Redrive'))).toEqual([]);
  });

  it('over nothing leaves its manifest alone', async () => {
    const { files, output } = await write(map(free), []);
    expect(Object.keys(files)).toEqual([output.ResultWriterDetails.Key]);
  });

  it('fails when its files can not be written, which may be caught', async () => {
    const writeObject = () => Promise.reject(new Error('no right to'));
    const states = {
      It: map(free, {
        End: undefined,
        Next: 'Told',
        Catch: [{ ErrorEquals: ['States.ResultWriterFailed'], Next: 'Told' }],
      }),
      Told: { Type: 'Pass', End: true },
    };
    const input = { bucket: 'bucket', items: [{ n: 1 }] };
    const { output, types } = await run(machineOf(states), input, { work, nature: { writeObject } });
    expect(output).toEqual({
      Error: 'States.ResultWriterFailed',
      Cause: expect.stringMatching(/^s3:\/\/bucket\/results\/.*SUCCEEDED_0\.json: no right to$/),
    });
    expect(types).toContain('MapRunFailed');
  });

  it('begins nothing where its state names no place', async () => {
    let calls = 0;
    const counted = () => ++calls;
    const input = { items: [1] };
    const ending = await run(machineOf({ It: map(free) }), input, { work: counted });
    expect(ending).toMatchObject({ error: 'States.Runtime', cause: expect.stringContaining('Bucket.$') });
    expect(calls).toBe(0);
  });

  it.each(['STANDARD', 'EXPRESS'])(
    'that is cut off while it writes leaves the same files when it goes on, of %s executions',
    async (type) => {
      const store = new ExecutionStore(':memory:');
      const lives: Map<string, string>[] = [];
      /** A service whose manifest takes until it is told. */
      const live = (manifest: Promise<void>) => {
        const files = new Map<string, string>();
        lives.push(files);
        const writeObject = async (_bucket: string, key: string, body: Uint8Array) => {
          files.set(key, new TextDecoder().decode(body));
          if (key.endsWith('manifest.json')) await manifest;
        };
        const definition = machineOf({ It: map(free, { ToleratedFailurePercentage: 100 }, type) });
        return serviceOf(definition, { work, nature: { writeObject, store } });
      };
      const cut = Promise.withResolvers<void>();
      const first = live(cut.promise);
      const items = [{ n: 1 }, { error: 'X' }, { n: 2 }];
      const input = JSON.stringify({ bucket: 'bucket', items });
      const { executionArn } = first.call('StartExecution', { stateMachineArn: MACHINE, input });
      const isWriting = () => [...lives[0]!.keys()].some((key) => key.endsWith('manifest.json'));
      while (!isWriting()) await new Promise((resolve) => setImmediate(resolve));
      const closed = first.close();
      cut.reject(new Error('gone'));
      await closed;
      const { status, output } = await ended(live(Promise.resolve()), executionArn as string);
      expect(status).toBe('SUCCEEDED');
      expect([...lives[1]!]).toEqual([...lives[0]!]);
      expect(lives[1]!.has(output.ResultWriterDetails.Key)).toBe(true);
    },
  );

  it('of an execution that is stopped tells what became of each item; of one that goes on later it does not yet', async () => {
    const files = new Map<string, Fields[]>();
    const writeObject = async (_bucket: string, key: string, body: Uint8Array) => {
      files.set(key.split('/')[3]!, JSON.parse(new TextDecoder().decode(body)));
    };
    const waiting = map({ Type: 'Wait', SecondsPath: '$.s', End: true }, { MaxConcurrency: 2 });
    const service = serviceOf(machineOf({ It: waiting }), { nature: { writeObject } });
    const input = JSON.stringify({ bucket: 'bucket', items: [{ s: 0 }, { s: 60 }, { s: 61 }, { s: 62 }] });
    const start = async () => {
      const { executionArn } = service.call('StartExecution', { stateMachineArn: MACHINE, input });
      const count = () => {
        const { events } = service.call('GetExecutionHistory', { executionArn }) as { events: Fields[] };
        const run = events.find(({ type }) => type === 'MapRunStarted')?.mapRunStartedEventDetails as Fields;
        if (run === undefined) return 0;
        return (service.call('ListExecutions', { mapRunArn: run.mapRunArn }).executions as Fields[]).length;
      };
      while (count() < 3) await new Promise((resolve) => setImmediate(resolve));
      return executionArn;
    };
    service.call('StopExecution', { executionArn: await start() });
    while (!files.has('manifest.json')) await new Promise((resolve) => setImmediate(resolve));
    const statuses = [...files].map(([name, lines]) => [name, lines.length, lines[0]?.Status]);
    expect(statuses).toEqual([
      ['FAILED_0.json', 2, 'ABORTED'],
      ['PENDING_0.json', 1, 'PENDING'],
      ['SUCCEEDED_0.json', 1, 'SUCCEEDED'],
      ['manifest.json', undefined, undefined],
    ]);
    files.clear();
    await start();
    await service.close();
    expect([...files]).toEqual([]);
  });
});
