/** Wait states, timeouts and retries, on time that passes at once. */
import { describe, expect, it, vi } from 'vitest';
import { CLOCK } from '../../../../scripts/cloud/stepfunctions/asl/clock.ts';
import { type Fields, failing, jumpingClock, MACHINE, machineOf, run, serviceOf, task } from './stand.ts';

const wait = (fields: Fields) => machineOf({ It: { Type: 'Wait', End: true, ...fields } });
const DAY = 86_400;

async function waited(fields: Fields, input: unknown = {}) {
  const { clock, slept } = jumpingClock();
  const { error, cause } = await run(wait(fields), input, { nature: { clock } });
  return error === undefined ? slept.map((ms) => ms / 1000) : { error, cause };
}

describe('a Wait', () => {
  it.each<[Fields, unknown, number[]]>([
    [{ Seconds: 5 }, {}, [5]],
    [{ Seconds: 0 }, {}, []],
    [{ SecondsPath: '$.s' }, { s: 40 * DAY }, [40 * DAY]],
    [{ Timestamp: '2026-01-01T00:00:01.5Z' }, {}, [1.5]],
    [{ TimestampPath: '$.t' }, { t: '2026-01-31T01:00:00+01:00' }, [30 * DAY]],
    [{ Timestamp: '2016-03-05T21:29:29.243167252Z' }, {}, []],
  ])('%j of %j waits %j s', async (fields, input, seconds) => {
    expect(await waited(fields, input)).toEqual(seconds);
  });

  it.each<[Fields, unknown, string]>([
    [{ SecondsPath: '$.s' }, { s: 1.5 }, 'cannot be parsed as a long value: $.s == 1.5'],
    [{ SecondsPath: '$.s' }, { s: -1 }, 'a negative value: $.s == -1'],
    [{ SecondsPath: '$.s' }, { s: '5' }, 'cannot be parsed as a long value: $.s == 5'],
    [{ TimestampPath: '$.t' }, { t: '2026-01-01 00:00:00Z' }, '$.t == 2026-01-01 00:00:00Z'],
    [{ TimestampPath: '$.t' }, { t: '2026-13-01T00:00:00Z' }, 'ISO-8601'],
    [{ TimestampPath: '$.t' }, { t: '2026-01-01T00:00:00' }, 'ISO-8601'],
    [{ TimestampPath: '$.t' }, { t: '2099-01-01T00:00:00Z' }, 'Wait state delay is too long.'],
  ])('%j of %j fails', async (fields, input, cause) => {
    expect(await waited(fields, input)).toEqual({
      error: 'States.Runtime',
      cause: expect.stringContaining(cause),
    });
  });

  it('longer than a timer of JavaScript can is over when it should be', async () => {
    vi.useFakeTimers();
    try {
      let isOver = false;
      const sleeping = CLOCK.sleep(60 * DAY * 1000, new AbortController().signal).then(() => {
        isOver = true;
      });
      await vi.advanceTimersByTimeAsync((60 * DAY - 1) * 1000);
      expect(isOver).toBe(false);
      await vi.advanceTimersByTimeAsync(1000);
      expect(isOver).toBe(true);
      await sleeping;
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends with its execution', async () => {
    const service = serviceOf(wait({ Seconds: 30 * DAY }));
    const { executionArn } = service.call('StartExecution', { stateMachineArn: MACHINE });
    await new Promise((resolve) => setImmediate(resolve));
    expect(service.call('DescribeExecution', { executionArn })).toMatchObject({ status: 'RUNNING' });
    service.call('StopExecution', { executionArn });
    expect(service.call('DescribeExecution', { executionArn })).toMatchObject({ status: 'ABORTED' });
    // Nobody waits for it any more.
    expect(service.running).toBe(0);
  });

  it('ends with its signal before it begins, too', async () => {
    const reason = new Error('over');
    await expect(CLOCK.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('a retry', () => {
  it.each<[Fields, number[]]>([
    [{}, [1, 2, 4]],
    [{ IntervalSeconds: 2, MaxAttempts: 2, BackoffRate: 1.5 }, [2, 3]],
    [{ IntervalSeconds: 3, MaxAttempts: 4, MaxDelaySeconds: 7 }, [3, 6, 7, 7]],
    [{ MaxAttempts: 0 }, []],
    [{ JitterStrategy: 'NONE' }, [1, 2, 4]],
  ])('%j waits %j s', async (retrier, seconds) => {
    const { clock, slept } = jumpingClock();
    // An attempt that may take any time sleeps by itself for none.
    const it = task({ TimeoutSeconds: undefined, Retry: [{ ErrorEquals: ['Busy'], ...retrier }] });
    const { error } = await run(
      machineOf({ It: it }),
      {},
      { work: () => failing('Busy'), nature: { clock } },
    );
    expect(error).toBe('Busy');
    expect(slept.map((ms) => ms / 1000)).toEqual(seconds);
  });

  it('counts each rule by itself, and the context all attempts', async () => {
    const { clock, slept } = jumpingClock();
    const told: number[] = [];
    const work = ({ attempt }: { attempt: number }) => {
      told.push(attempt);
      return failing(attempt % 2 === 0 ? 'A' : 'B');
    };
    const it = task({
      TimeoutSeconds: undefined,
      Parameters: { 'attempt.$': '$$.State.RetryCount' },
      Retry: [
        { ErrorEquals: ['A'], MaxAttempts: 2, IntervalSeconds: 10 },
        { ErrorEquals: ['B'], MaxAttempts: 1 },
      ],
    });
    expect(await run(machineOf({ It: it }), {}, { work, nature: { clock } })).toMatchObject({ error: 'B' });
    expect(told).toEqual([0, 1, 2, 3]);
    expect(slept).toEqual([10_000, 1000, 20_000]);
  });
});

describe('an error name', () => {
  const matched = async (error: string | undefined, names: string[]) => {
    const states = {
      It: {
        Type: 'Parallel',
        Branches: [machineOf({ Inner: { Type: 'Fail', Error: error } })],
        Catch: [{ ErrorEquals: names, Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Succeed' },
    };
    return (await run(machineOf(states))).status === 'SUCCEEDED';
  };

  it.each<[string[], string | undefined, boolean]>([
    [['E'], 'E', true],
    [['E'], 'F', false],
    [['States.ALL'], 'F', true],
    [['States.ALL'], undefined, true],
    [['States.TaskFailed'], 'F', true],
    [['States.TaskFailed'], 'States.ExceedToleratedFailureThreshold', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.Timeout'], 'States.Timeout', true],
  ])('%j catches %s: %s', async (names, error, isCaught) => {
    expect(await matched(error, names)).toBe(isCaught);
  });

  it('is none for a mistake of a state within it either', async () => {
    const states = {
      It: {
        Type: 'Parallel',
        Branches: [machineOf({ Inner: { Type: 'Pass', InputPath: '$.none', End: true } })],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Succeed' },
    };
    expect(await run(machineOf(states))).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('is none for a mistake of the state itself: States.Runtime is never caught', async () => {
    const states = {
      It: task({
        Parameters: { 'x.$': '$.none' },
        Catch: [
          { ErrorEquals: ['States.Runtime'], Next: 'Caught' },
          { ErrorEquals: ['States.ALL'], Next: 'Caught' },
        ],
      }),
      Caught: { Type: 'Succeed' },
    };
    expect(await run(machineOf(states))).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });
});
