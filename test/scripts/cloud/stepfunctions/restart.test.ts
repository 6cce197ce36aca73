/** The service ends between any two writes and begins again: executions go on as if it had not. */
import { describe, expect, it } from 'vitest';
import type { FunctionInvoker, Outcome } from '../../../../scripts/cloud/lambda/container.ts';
import type { HistoryEvent } from '../../../../scripts/cloud/stepfunctions/history-event.ts';
import { StepFunctionsService } from '../../../../scripts/cloud/stepfunctions/service.ts';
import { byThread, isInterruption, plain, RecordingStore, type Transaction } from './recording-store.ts';
import { type Fields, FUNCTION, MACHINE, machineOf } from './stand.ts';
import { VirtualTime } from './virtual-time.ts';

const OTHER = MACHINE.replace('tried', 'other');
/** What is cut off is tried again. */
const AGAIN = { ErrorEquals: ['Lambda.Unknown'], IntervalSeconds: 1, MaxAttempts: 9 };
const CAUGHT = { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Caught' };

/** A task of so many seconds, of which each call can be told from the others. */
const task = (id: string, seconds: number, more: Fields = {}): Fields => ({
  Type: 'Task',
  Resource: FUNCTION,
  Parameters: { id, seconds, 'at.$': '$' },
  Retry: [AGAIN],
  End: true,
  ...more,
});
const wait = (Seconds: number, more: Fields = {}): Fields => ({ Type: 'Wait', Seconds, End: true, ...more });
const PASS = { Type: 'Pass', End: true };
const then = (state: Fields, Next: string): Fields => ({ ...state, End: undefined, Next });
const map = (States: Fields, more: Fields = {}, processor: Fields = {}): Fields => ({
  Type: 'Map',
  ItemProcessor: { ...machineOf(States), ...processor },
  End: true,
  ...more,
});
const DISTRIBUTED = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } };
const EXPRESS = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' } };
const parallel = (...branches: Fields[]): Fields => ({
  Type: 'Parallel',
  Branches: branches.map((States) => machineOf(States)),
  End: true,
});

interface Case {
  definition: Fields;
  input?: unknown;
  /** Whether who fails first depends on how long others take, and so on where they were cut off. */
  isRace?: boolean;
}

const CASES: Record<string, Case> = {
  'a loop': {
    definition: machineOf({
      Turn: { ...then(task('in turn', 3), 'More'), ResultPath: '$.turn' },
      More: {
        Type: 'Choice',
        Choices: [{ Variable: '$.turns[2]', IsPresent: true, Next: 'Done' }],
        Default: 'Count',
      },
      Count: {
        Type: 'Pass',
        Parameters: { 'turns.$': 'States.Array($.turns[0], $.turns[1], $$.State.Name)' },
        Next: 'Turn',
      },
      Done: { Type: 'Succeed' },
    }),
    input: { turns: [1, 2] },
  },
  'retries with backoff and jitter': {
    definition: machineOf({
      First: then(wait(2), 'It'),
      It: task('busy twice', 2, {
        Parameters: { id: 'busy twice', seconds: 2, 'tried.$': '$$.State.Name' },
        Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 7, BackoffRate: 3, JitterStrategy: 'FULL' }, AGAIN],
      }),
    }),
  },
  'what is caught': {
    definition: machineOf({
      It: task('broken', 2, { Catch: [CAUGHT] }),
      Caught: then(wait(5), 'After'),
      After: task('after', 1),
    }),
  },
  waits: {
    definition: machineOf({
      Long: then(wait(3600), 'Until'),
      Until: { Type: 'Wait', Timestamp: '2026-01-01T02:00:00Z', Next: 'Now' },
      Now: { Type: 'Wait', Seconds: 0, Next: 'It' },
      It: task('it', 5),
    }),
  },
  'a timeout of the execution': {
    definition: machineOf({ It: then(task('it', 2), 'Wait'), Wait: wait(60) }, { TimeoutSeconds: 30 }),
  },
  'a timeout of a task': {
    definition: machineOf({
      It: task('endless', 1e6, { TimeoutSeconds: 20, Catch: [CAUGHT] }),
      Caught: PASS,
    }),
  },
  'side by side': {
    definition: machineOf({
      It: then(
        parallel(
          { A: then(task('a', 3), 'A2'), A2: wait(10) },
          { B: then(wait(1), 'B2'), B2: then(task('b', 4), 'B3'), B3: PASS },
          { C: parallel({ D: task('d', 2) }, { E: then(wait(6), 'E2'), E2: PASS }) },
        ),
        'After',
      ),
      After: task('after', 1),
    }),
  },
  'side by side until one fails': {
    isRace: true,
    definition: machineOf({
      It: {
        ...parallel(
          { A: then(wait(5), 'A2'), A2: { Type: 'Fail', Error: 'Own' } },
          { B: then(task('b', 1), 'B2'), B2: parallel({ C: wait(60) }, { D: task('d', 70) }) },
          { E: then(task('e', 2), 'E2'), E2: PASS },
        ),
        Catch: [CAUGHT],
      },
      Caught: then(wait(5), 'After'),
      After: task('after', 1, { Parameters: { id: 'after', seconds: 1 } }),
    }),
  },
  'items of a Map': {
    definition: machineOf({
      It: then(
        map(
          {
            One: then(task('one', 0, { Parameters: { 'id.$': '$', 'seconds.$': '$' } }), 'Two'),
            Two: wait(2),
          },
          { MaxConcurrency: 2 },
        ),
        'After',
      ),
      After: PASS,
    }),
    input: [5.17, 1.23, 4.51, 2.73, 3.41],
  },
  'items of a Map within a Map': {
    definition: machineOf({
      Outer: map({
        Inner: map(
          { One: task('one', 0, { Parameters: { 'id.$': '$', 'seconds.$': '$' } }) },
          { MaxConcurrency: 1 },
        ),
      }),
    }),
    input: [[4, 2], [], [1, 3, 6]],
  },
  'a Map that is tried again': {
    isRace: true,
    definition: machineOf({
      It: map(
        { One: task('one', 0, { Parameters: { 'id.$': '$.id', 'seconds.$': '$.seconds' } }) },
        { MaxConcurrency: 2, Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 4 }] },
      ),
    }),
    input: [
      { id: 'p', seconds: 6 },
      { id: 'busy twice', seconds: 2 },
      { id: 'r', seconds: 1 },
    ],
  },
  'items that are executions': {
    definition: machineOf({
      It: then(
        map(
          {
            One: then(task('one', 0, { Parameters: { 'id.$': '$', 'seconds.$': '$' } }), 'Two'),
            Two: wait(2),
          },
          {
            MaxConcurrency: 2,
            Label: 'parts',
            ItemReader: {
              Resource: 'arn:aws:states:::s3:getObject',
              ReaderConfig: { InputType: 'JSON' },
              Parameters: { Bucket: 'bucket', Key: 'items.json' },
            },
          },
          DISTRIBUTED,
        ),
        'After',
      ),
      After: task('after', 1),
    }),
  },
  'items that are executions, of which some fail': {
    definition: machineOf({
      It: map(
        { One: task('one', 0, { Parameters: { 'id.$': '$', seconds: 2 } }) },
        {
          ToleratedFailureCount: 1,
          MaxConcurrency: 3,
          ResultSelector: { 'statuses.$': '$[*].Status', 'ids.$': '$[*].id' },
        },
        DISTRIBUTED,
      ),
    }),
    input: ['x', 'broken', 'y', 'z'],
  },
  'items that are executions, of which too many fail': {
    isRace: true,
    definition: machineOf({
      It: map(
        { One: task('one', 0, { Parameters: { 'id.$': '$', seconds: 2 } }) },
        { MaxConcurrency: 1, Catch: [{ ...CAUGHT, ResultPath: '$' }] },
        DISTRIBUTED,
      ),
      Caught: PASS,
    }),
    input: ['x', 'broken', 'y'],
  },
  'items whose results are written': {
    definition: machineOf({
      It: map(
        { One: task('one', 0, { Parameters: { 'id.$': '$', 'seconds.$': '$' } }) },
        {
          MaxConcurrency: 2,
          ResultWriter: {
            Resource: 'arn:aws:states:::s3:putObject',
            Parameters: { Bucket: 'bucket', Prefix: 'results' },
          },
        },
        DISTRIBUTED,
      ),
    }),
    input: [3.1, 1.7, 2.3],
  },
  'items that are express workflows': {
    definition: machineOf({
      It: map(
        { One: then(task('one', 0, { Parameters: { 'id.$': '$', seconds: 2 } }), 'Two'), Two: wait(1) },
        { MaxConcurrency: 2 },
        EXPRESS,
      ),
    }),
    input: ['x', 'y', 'z'],
  },
  'an execution that starts another': {
    definition: machineOf({
      It: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution',
        Parameters: { 'StateMachineArn.$': '$.machine', 'Name.$': '$.name', 'Input.$': '$' },
        ResultPath: null,
        Next: 'After',
      },
      After: task('after', 2),
    }),
    input: { machine: OTHER, name: 'another' },
  },
};

interface World {
  time: VirtualTime;
  store: RecordingStore;
  service: StepFunctionsService;
  /** Ids of the calls. */
  calls: string[];
}

/** On what the store holds; a function that is busy twice is so no more often. */
function worldOf({ definition }: Case, time: VirtualTime, store: RecordingStore): World {
  const calls: string[] = [];
  let busy = JSON.stringify([...store.recorded.values()]).split('"error":"Busy"').length - 1;
  const functions: FunctionInvoker = {
    has: (arn) => arn === FUNCTION,
    async invoke(_arn, json, signal): Promise<Outcome> {
      const { id, seconds } = JSON.parse(json) as { id: string; seconds: number };
      calls.push(String(id));
      await time.sleep(seconds * 1000, signal!);
      if (id === 'broken') return { error: { errorType: 'Broken', errorMessage: 'no' } };
      if (id === 'busy twice' && busy++ < 2) return { error: { errorType: 'Busy', errorMessage: 'no' } };
      return { payload: JSON.stringify({ id, done: true }) };
    },
  };
  const read = async () => new TextEncoder().encode('[5.17, 1.23, 4.51, 2.73, 3.41]');
  const given = JSON.parse(JSON.stringify(definition)) as Fields;
  const machines = [
    { name: 'tried', arn: MACHINE, definition: given },
    { name: 'other', arn: OTHER, definition: machineOf({ It: wait(9) }) },
  ];
  let drawn = 0;
  const random = () => [0.4, 0.7, 0.2][drawn++ % 3]!;
  const service = new StepFunctionsService(machines, functions, read, {
    clock: time,
    random,
    store,
    writeObject: async () => undefined,
  });
  return { time, store, service, calls };
}

async function endOf({ time, service }: World, executionArn: string) {
  await time.runUntil(
    () => service.running === 0 && service.call('DescribeExecution', { executionArn }).status !== 'RUNNING',
  );
  const described = service.call('DescribeExecution', { executionArn });
  const { events } = service.call('GetExecutionHistory', { executionArn, maxResults: 1000 });
  return { described, events: events as HistoryEvent[] };
}

/** What a store was told of executions, thread by thread; those of items stand by their input. */
const told = (store: RecordingStore): Record<string, object> =>
  Object.fromEntries(
    [...store.recorded.values()].map((recorded) => [
      JSON.stringify(recorded[0]!.event.executionStartedEventDetails),
      byThread(recorded),
    ]),
  );

/** Ids of the calls that have succeeded. */
const succeeded = (store: RecordingStore): string[] =>
  [...store.recorded.values()]
    .flat()
    .flatMap(({ event }) => event.lambdaFunctionSucceededEventDetails ?? [])
    .map((details) => String(JSON.parse((details as { output: string }).output).id));

/** Starts it as the first. */
const start = ({ service }: World, { input = {} }: Case) =>
  service.call('StartExecution', {
    stateMachineArn: MACHINE,
    name: 'one',
    input: JSON.stringify(input),
  }).executionArn as string;

/** The world as it was when the last of these writes was made. */
function worldAfter(tried: Case, kept: readonly Transaction[]): World {
  const time = new VirtualTime(kept.at(-1)!.at);
  return worldOf(tried, time, new RecordingStore(time.now).repeat(kept));
}

describe.each(Object.entries(CASES))('%s', (name, tried) => {
  // It begins anew, which takes other calls and times.
  const isExpress = name.includes('express');

  it('goes on from each write as if nothing had happened', async () => {
    const time = new VirtualTime();
    const whole = worldOf(tried, time, new RecordingStore(time.now));
    const executionArn = start(whole, tried);
    const expected = await endOf(whole, executionArn);
    const { transactions } = whole.store;
    let undisturbed = 0;
    for (let cut = 1; cut <= transactions.length; cut++) {
      const at = `after ${cut} of ${transactions.length} writes`;
      const resumed = worldAfter(tried, transactions.slice(0, cut));
      const { store, calls } = resumed;
      const done = new Set(succeeded(store));
      const { described, events } = await endOf(resumed, executionArn);
      const { stopDate, ...ending } = described;
      const { stopDate: expectedStop, ...expectedEnding } = expected.described;
      expect(plain(ending), at).toEqual(plain(expectedEnding));
      expect(stopDate, at).toBeGreaterThanOrEqual(Number(expectedStop));
      expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
      expect(events.filter(({ type }) => type === 'ExecutionStarted')).toHaveLength(1);
      if (!tried.isRace) expect(told(store), at).toEqual(told(whole.store));
      const isRepeated = (id: string) => done.has(id) && id !== 'in turn' && !tried.isRace && !isExpress;
      expect(calls.filter(isRepeated), at).toEqual([]);
      const all = [...store.recorded.values()].flat();
      if (all.some(({ event }) => isInterruption(event)) || isExpress) continue;
      undisturbed++;
      // To the event and the millisecond.
      expect(JSON.parse(plain(events)), at).toEqual(JSON.parse(plain(expected.events)));
    }
    if (!isExpress) expect(undisturbed).toBeGreaterThan(0);
  });

  it('comes to its end though it never gets further than some writes', async () => {
    const time = new VirtualTime();
    let world = worldOf(tried, time, new RecordingStore(time.now));
    const executionArn = start(world, tried);
    const { described: expected } = await endOf(world, executionArn);
    const kept: Transaction[] = [];
    for (let lives = 0; world.store.transactions.length > 0; lives++) {
      expect(lives).toBeLessThan(100);
      kept.push(...world.store.transactions.slice(0, 9));
      world = worldAfter(tried, kept);
      await endOf(world, executionArn);
    }
    const { status, output } = world.service.call('DescribeExecution', { executionArn });
    expect(plain({ status, output })).toBe(plain({ status: expected.status, output: expected.output }));
  });
});
