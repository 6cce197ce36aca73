/** Which functions are started ahead of need. */
import { expect, it } from 'vitest';
import { followersIn, invokingAhead } from '../../../../scripts/cloud/lambda/ahead.ts';

const task = (Resource: string, Next?: string) => ({ Type: 'Task', Resource, Next });
const MACHINE = {
  StartAt: 'First',
  States: {
    First: task('first', 'Note'),
    Note: { Type: 'Pass', Next: 'Each' },
    Each: {
      Type: 'Map',
      ItemProcessor: {
        StartAt: 'Item',
        States: { Item: task('item', 'Checked'), Checked: task('checked') },
      },
      Next: 'Turn',
    },
    Turn: task('turn', 'Done'),
    Done: { Type: 'Choice', Choices: [{ Next: 'Last' }, { Next: 'Each' }], Default: 'Turn' },
    Last: task('last'),
    Failed: task('failed', 'Over'),
    Over: { Type: 'Fail' },
    Circle: task('circle', 'Round'),
    Round: { Type: 'Choice', Choices: [{ Next: 'Back' }] },
    Back: { Type: 'Pass', Next: 'Round' },
  },
};
const OTHER = { StartAt: 'A', States: { A: task('first', 'B'), B: task('other', 'B') } };
const followers = (definition: object) =>
  Object.fromEntries([...followersIn(definition)].map(([arn, next]) => [arn, [...next]]));

/** Calls as they come, of a host that has one function less. */
function host() {
  const calls: string[] = [];
  const functions = {
    has: (arn: string) => arn !== 'gone',
    prepare: (arn: string) => void calls.push(`prepare ${arn}`),
    invoke: async (arn: string, event: string) => {
      calls.push(`invoke ${arn}`);
      return { payload: event };
    },
  };
  const machines = [
    { arn: 'machine', definition: MACHINE },
    { arn: 'another', definition: OTHER },
  ];
  return { calls, invoker: invokingAhead(functions, machines) };
}

it('are those of the states that come next: through Maps, by the first way of a choice', () => {
  expect(followers(MACHINE)).toEqual({
    first: ['item'],
    item: ['checked'],
    checked: ['turn'],
    turn: ['last'],
    last: [],
    failed: [],
    circle: [],
  });
});

it('are none where a state leads back to itself', () => {
  expect(followers(OTHER)).toEqual({ first: ['other'], other: [] });
});

it('are prepared once the function before them is invoked, which is not kept waiting', async () => {
  const { calls, invoker } = host();
  expect([invoker.has('first'), invoker.has('gone')]).toEqual([true, false]);
  expect(await invoker.invoke('first', '1', undefined, 'machine')).toEqual({ payload: '1' });
  await invoker.invoke('last', '2', undefined, 'machine');
  expect(calls).toEqual(['invoke first', 'prepare item', 'invoke last']);
});

it('are those of the machine that invokes, and none of those that would not', async () => {
  const { calls, invoker } = host();
  await invoker.invoke('first', '1', undefined, 'another');
  await invoker.invoke('first', '2');
  expect(calls).toEqual(['invoke first', 'prepare other', 'invoke first']);
});

it('are the first two of an execution that is about to start', () => {
  const { calls, invoker } = host();
  invoker.prepare('another');
  invoker.prepare('unknown');
  expect(calls).toEqual(['prepare first', 'prepare other']);
});
