/** What a service finds on the store of another one that has ended: what runs, what has ended, and whose names are taken. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { FunctionInvoker, Outcome } from '../../../../scripts/cloud/lambda/container.ts';
import { ExecutionStore } from '../../../../scripts/cloud/stepfunctions/execution-store.ts';
import type { HistoryEvent } from '../../../../scripts/cloud/stepfunctions/history-event.ts';
import { StepFunctionsService } from '../../../../scripts/cloud/stepfunctions/service.ts';
import { distributed, type Fields, FUNCTION, MACHINE, machineOf, task } from './stand.ts';
import { VirtualTime } from './virtual-time.ts';

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const AGAIN = { ErrorEquals: ['Lambda.Unknown'], IntervalSeconds: 5, MaxAttempts: 2 };
const PASS = { Type: 'Pass', End: true };
const wait = (Seconds: number): Fields => ({ Type: 'Wait', Seconds, End: true });

/** A store, and one service after the other on it. */
class Lives {
  time = new VirtualTime();
  store = new ExecutionStore(':memory:');
  service!: StepFunctionsService;
  /** Events that functions got; they answer after as many milliseconds as they are told. */
  calls: Fields[] = [];
  /** What is read. */
  items = '[1, 2, 3]';

  /** @param down milliseconds in which there was no service */
  async begin(machines: Record<string, Fields>, down = 0, functionArn = FUNCTION): Promise<void> {
    await this.service?.close();
    // Nobody sleeps any more.
    this.time = new VirtualTime(this.time.now() + down);
    const { time } = this;
    const functions: FunctionInvoker = {
      has: (arn) => arn === functionArn,
      invoke: async (_arn, json, signal): Promise<Outcome> => {
        const event = JSON.parse(json) as Fields;
        this.calls.push(event);
        await time.sleep(Number(event?.ms ?? 0), signal!);
        return { payload: json };
      },
    };
    const resources = Object.entries(machines).map(([name, definition]) => ({
      name,
      arn: MACHINE.replace('tried', name),
      definition: JSON.parse(JSON.stringify(definition)) as Fields,
    }));
    const read = async () => new TextEncoder().encode(this.items);
    this.service = new StepFunctionsService(resources, functions, read, { clock: time, store: this.store });
  }

  start(input: unknown = {}, name = 'one'): string {
    const request = { stateMachineArn: MACHINE, name, input: JSON.stringify(input) };
    return this.service.call('StartExecution', request).executionArn as string;
  }

  describe(executionArn: string): Fields {
    return this.service.call('DescribeExecution', { executionArn });
  }

  events(executionArn: string): HistoryEvent[] {
    return this.service.call('GetExecutionHistory', { executionArn, maxResults: 1000 })
      .events as HistoryEvent[];
  }

  /** Until so many milliseconds have passed. */
  async pass(ms: number): Promise<void> {
    const end = this.time.now() + ms;
    let isOver = false;
    void this.time.sleep(ms, new AbortController().signal).then(() => {
      isOver = true;
    });
    await this.time.runUntil(() => isOver);
    expect(this.time.now()).toBe(end);
  }

  async end(executionArn: string): Promise<Fields> {
    await this.time.runUntil(() => this.describe(executionArn).status !== 'RUNNING');
    return this.describe(executionArn);
  }
}

/** Seconds from its start to its end. */
const secondsOf = ({ startDate, stopDate }: Fields): number => Number(stopDate) - Number(startDate);

describe('time goes on while there is no service', () => {
  it.each([
    ['a Wait', 20, 60],
    ['a Wait that is over by then', 100, 110],
  ])('%s', async (_what, down, seconds) => {
    const lives = new Lives();
    const tried = machineOf({ It: wait(60) });
    await lives.begin({ tried });
    const arn = lives.start();
    await lives.pass(10 * SECOND);
    await lives.begin({ tried }, down * SECOND);
    expect(lives.service.resumed).toEqual(['one']);
    expect(secondsOf(await lives.end(arn))).toBe(seconds);
  });

  it.each([
    ['goes on', 15, 30],
    ['is over by then', 40, 50],
  ])('of an execution that may take 30 seconds, and %s', async (_what, down, seconds) => {
    const lives = new Lives();
    const tried = machineOf({ It: wait(60) }, { TimeoutSeconds: 30 });
    await lives.begin({ tried });
    const arn = lives.start();
    await lives.pass(10 * SECOND);
    await lives.begin({ tried }, down * SECOND);
    const ending = await lives.end(arn);
    expect(ending).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
    expect(secondsOf(ending)).toBe(seconds);
  });

  it('before a retry; put back, it takes no longer than it was meant to', async () => {
    for (const [down, rest] of [
      [25, 65],
      [-4000, 90],
    ] as const) {
      const lives = new Lives();
      const Retry = [{ ErrorEquals: ['Own'], IntervalSeconds: 90, MaxAttempts: 1 }];
      const fails = { Type: 'Fail', Error: 'Own' };
      const tried = machineOf({
        It: { Type: 'Parallel', Branches: [machineOf({ Fails: fails })], Retry, End: true },
      });
      await lives.begin({ tried });
      const arn = lives.start();
      await lives.pass(0);
      await lives.begin({ tried }, down * SECOND);
      const begun = lives.time.now();
      await lives.end(arn);
      expect((lives.time.now() - begun) / SECOND).toBe(rest);
    }
  });
});

describe('a function that ran when the service ended', () => {
  const ms = 30 * SECOND;

  it('has failed, and is run again where Retry says so', async () => {
    const lives = new Lives();
    const tried = machineOf({ It: task({ Retry: [AGAIN] }) });
    await lives.begin({ tried });
    const arn = lives.start({ ms });
    await lives.pass(10 * SECOND);
    await lives.begin({ tried }, 100 * SECOND);
    const ending = await lives.end(arn);
    expect(ending.status).toBe('SUCCEEDED');
    expect(secondsOf(ending)).toBe(110 + 5 + 30);
    expect(lives.calls).toHaveLength(2);
    expect(lives.events(arn).map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionFailed',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('counts as an attempt, as often as it happens', async () => {
    const lives = new Lives();
    const tried = machineOf({ It: task({ Retry: [AGAIN] }) });
    await lives.begin({ tried });
    const arn = lives.start({ ms });
    for (let time = 0; time < 3; time++) {
      await lives.pass(20 * SECOND);
      await lives.begin({ tried });
    }
    expect(await lives.end(arn)).toMatchObject({ status: 'FAILED', error: 'Lambda.Unknown' });
    expect(lives.calls).toHaveLength(3);
  });

  it('fails the execution where nothing says that it may run twice', async () => {
    const lives = new Lives();
    const tried = machineOf({ It: task() });
    await lives.begin({ tried });
    const arn = lives.start({ ms });
    await lives.pass(1);
    await lives.begin({ tried });
    expect(await lives.end(arn)).toMatchObject({
      status: 'FAILED',
      error: 'Lambda.Unknown',
      cause: 'The local cloud ended while the function ran.',
    });
    expect(lives.calls).toHaveLength(1);
  });
});

describe('an execution', () => {
  it('keeps its definition when the app has another one, or none; a function that is gone is not found', async () => {
    const lives = new Lives();
    const after = task({ ResultPath: null });
    const first = { It: { ...wait(10), End: undefined, Next: 'After' }, After: after };
    await lives.begin({ tried: machineOf(first) });
    const arn = lives.start({ a: 1 }, 'kept');
    const other = lives.start({ a: 2 }, 'without');
    await lives.pass(1);
    await lives.begin({ tried: machineOf({ Else: { Type: 'Fail', Error: 'Else' } }) });
    expect(await lives.end(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"a":1}' });
    // Of the app as it is now.
    expect(await lives.end(lives.start({}, 'new'))).toMatchObject({ status: 'FAILED', error: 'Else' });
    expect(await lives.end(other)).toMatchObject({ status: 'SUCCEEDED' });

    const gone = new Lives();
    await gone.begin({ tried: machineOf(first) });
    const lost = gone.start();
    await gone.pass(1);
    await gone.begin({ another: machineOf({ It: PASS }) }, 0, 'arn:another');
    expect(await gone.end(lost)).toMatchObject({
      status: 'FAILED',
      error: 'Lambda.ResourceNotFoundException',
      cause: `Function not found: ${FUNCTION}`,
    });
  });

  it('can be stopped, with the items of its Maps, and stays so', async () => {
    const lives = new Lives();
    const tried = machineOf({ It: distributed(wait(1000)) });
    await lives.begin({ tried });
    const arn = lives.start(['a', 'b']);
    await lives.pass(5);
    await lives.begin({ tried });
    expect(lives.service.running).toBe(3);
    lives.service.call('StopExecution', { executionArn: arn, error: 'Enough' });
    expect(lives.service.running).toBe(0);
    await lives.begin({ tried });
    expect(lives.service.resumed).toEqual([]);
    expect(lives.describe(arn)).toMatchObject({ status: 'ABORTED', error: 'Enough' });
    expect(lives.events(arn).at(-1)).toMatchObject({ type: 'ExecutionAborted' });
    const { mapRunArn } = lives.events(arn).find(({ type }) => type === 'MapRunStarted')!
      .mapRunStartedEventDetails as { mapRunArn: string };
    const { executions } = lives.service.call('ListExecutions', { mapRunArn });
    expect(executions).toMatchObject([{ status: 'ABORTED' }, { status: 'ABORTED' }]);
  });

  it('of a Map that has ended does not go on', async () => {
    const lives = new Lives();
    const tried = machineOf({ It: distributed(wait(1000)) });
    await lives.begin({ tried });
    const arn = lives.start(['a']);
    await lives.pass(5);
    const { number } = lives.store.find(arn)!;
    await lives.service.close();
    // As if the process had ended between the two writes.
    lives.store.end(number, 'ABORTED', lives.time.now(), {});
    await lives.begin({ tried });
    expect(lives.service.running).toBe(0);
    expect(lives.store.running()).toEqual([]);
  });

  it('that is an express workflow begins anew, with its five minutes', async () => {
    const lives = new Lives();
    const tried = machineOf({ It: distributed(task({ TimeoutSeconds: undefined }), {}, 'EXPRESS') });
    await lives.begin({ tried });
    const arn = lives.start([{ ms: 200 * SECOND }]);
    await lives.pass(150 * SECOND);
    await lives.begin({ tried }, 200 * SECOND);
    expect(secondsOf(await lives.end(arn))).toBe(550);
    expect(lives.describe(arn).status).toBe('SUCCEEDED');
    expect(lives.calls).toHaveLength(2);
  });

  it('goes on with the items that its Map has read, whatever they are now', async () => {
    const lives = new Lives();
    const reader = {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Parameters: { Bucket: 'bucket', Key: 'items.json' },
    };
    const more = { ItemReader: reader, MaxConcurrency: 1 };
    const tried = machineOf({ It: distributed(wait(10), more) });
    await lives.begin({ tried });
    const arn = lives.start();
    await lives.pass(5 * SECOND);
    lives.items = '[7]';
    await lives.begin({ tried });
    expect(await lives.end(arn)).toMatchObject({ status: 'SUCCEEDED', output: '[1,2,3]' });
  });

  it('whose history says something else than what happens fails, and says so', async () => {
    const lives = new Lives();
    const tried = machineOf({ It: { ...wait(10), End: undefined, Next: 'After' }, After: PASS });
    await lives.begin({ tried });
    const arn = lives.start();
    await lives.pass(1);
    await lives.service.close();
    const { number } = lives.store.find(arn)!;
    const event = { id: 3, previousEventId: 2, timestamp: 1, type: 'MapStateStarted' };
    lives.store.addEvent(number, { event, thread: '', next: undefined });
    await lives.begin({ tried });
    expect(await lives.end(arn)).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause:
        "The local cloud can't go on with this execution: event 3 of its history is MapStateStarted, where WaitStateExited comes now.",
    });
  });
});

describe('executions that have ended', () => {
  it('are described and listed for 90 days, and as long their names are taken', async () => {
    const lives = new Lives();
    const tried = machineOf({ It: distributed(PASS) });
    await lives.begin({ tried });
    const arn = lives.start(['x'], 'first');
    await lives.end(arn);
    const before = [lives.describe(arn), lives.events(arn)];
    await lives.begin({ tried }, 89 * DAY);
    expect([lives.describe(arn), lives.events(arn)]).toEqual(before);
    expect(() => lives.start(['x'], 'first')).toThrow(
      expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
    );
    const names = () =>
      (lives.service.call('ListExecutions', { stateMachineArn: MACHINE }).executions as Fields[]).map(
        ({ name }) => name,
      );
    await lives.end(lives.start(['y'], 'second'));
    expect(names()).toEqual(['second', 'first']);
    const { mapRunArn } = lives.events(arn)[3]!.mapRunStartedEventDetails as { mapRunArn: string };
    expect(lives.store.child(mapRunArn, 0)).toMatchObject({ status: 'SUCCEEDED' });

    await lives.begin({ tried }, 2 * DAY);
    expect(names()).toEqual(['second']);
    expect(lives.store.child(mapRunArn, 0)).toBeUndefined();
    expect(() => lives.describe(arn)).toThrow(expect.objectContaining({ name: 'ExecutionDoesNotExist' }));
    const again = lives.start(['z'], 'first');
    // With its definition, which nobody had any more.
    expect(lives.store.running()).toMatchObject([
      { name: 'first', machine: { definition: { StartAt: 'It' } } },
    ]);
    expect(await lives.end(again)).toMatchObject({ output: '["z"]' });
  });

  it('stay while something of theirs runs, however long that takes', async () => {
    const lives = new Lives();
    const tried = machineOf({ It: distributed({ Type: 'Wait', SecondsPath: '$', End: true }) });
    await lives.begin({ tried });
    const arn = lives.start([1, 100 * 86_400]);
    await lives.pass(2 * SECOND);
    await lives.begin({ tried }, 95 * DAY);
    expect(await lives.end(arn)).toMatchObject({ output: `[1,${100 * 86_400}]` });
  });
});

describe('what is kept in a file', () => {
  it('is what functions and answers tell of, and all else at the next turn', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stepnet-executions-'));
    const file = join(folder, 'executions.sqlite');
    const store = new ExecutionStore(file);
    onTestFinished(() => {
      store.close();
      rmSync(folder, { recursive: true });
    });
    let copies = 0;
    /** Types of the events that would be there if the process ended now. */
    const kept = () => {
      const copy = join(folder, `copy-${++copies}.sqlite`);
      for (const part of ['', '-wal']) copyFileSync(`${file}${part}`, `${copy}${part}`);
      const found = new ExecutionStore(copy);
      try {
        return found
          .list({}, 0, 9)
          .flatMap(({ number }) => found.events(number, 0, 99).map(({ type }) => type));
      } finally {
        found.close();
      }
    };
    const seen: string[][] = [];
    const functions: FunctionInvoker = {
      has: () => true,
      invoke: async (_arn, json) => {
        seen.push(kept());
        return { payload: json };
      },
    };
    const definition = machineOf({ It: task({ End: undefined, Next: 'W' }), W: wait(60) });
    const service = new StepFunctionsService(
      [{ name: 'tried', arn: MACHINE, definition }],
      functions,
      undefined,
      {
        store,
      },
    );
    service.call('StartExecution', { stateMachineArn: MACHINE, name: 'one' });
    expect(kept()).toEqual(['ExecutionStarted']);
    const untilInvoked = [
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
    ];
    await vi.waitUntil(() => kept().includes('WaitStateEntered'), { interval: 1 });
    expect(seen).toEqual([untilInvoked]);
    await service.close();
  });
});

describe('while the store can’t be written', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('executions wait, and go on when it can, as after an end of the service', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const lives = new Lives();
    const tried = machineOf({ It: task({ Retry: [AGAIN], End: undefined, Next: 'W' }), W: wait(3) });
    await lives.begin({ tried });
    const arn = lives.start({ ms: 10 });
    await lives.pass(5);
    const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
    const fail = () => {
      lives.store.onTrouble(full);
      throw full;
    };
    const addEvent = vi.spyOn(lives.store, 'addEvent').mockImplementation(fail);
    const tryToWrite = vi.spyOn(lives.store, 'tryToWrite').mockImplementation(fail);
    await lives.pass(10);
    expect(said).toHaveBeenCalledExactlyOnceWith(
      'executions wait: database or disk is full; the disk is full: free some space and start again; nothing that was stored is lost',
    );
    expect(lives.describe(arn)).toMatchObject({ status: 'RUNNING' });
    expect(() => lives.start({}, 'two')).toThrow('the disk is full');
    expect(() => lives.service.call('StopExecution', { executionArn: arn })).toThrow('the disk is full');
    await vi.waitUntil(() => tryToWrite.mock.calls.length > 0, { timeout: 10_000, interval: 5 });
    addEvent.mockRestore();
    tryToWrite.mockRestore();
    await vi.waitUntil(() => lives.service.running === 1, { timeout: 10_000, interval: 5 });
    const ending = await lives.end(arn);
    expect(ending.status).toBe('SUCCEEDED');
    // What the function had come to was lost.
    expect(lives.calls).toHaveLength(2);
  });
});
