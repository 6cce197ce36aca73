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
const followers = (definitions: object[]) =>
  Object.fromEntries([...followersIn(definitions)].map(([arn, next]) => [arn, [...next]]));

it('are those of the states that come next: through Maps, by the first way of a choice', () => {
  expect(followers([MACHINE])).toEqual({
    first: ['item'],
    item: ['checked'],
    checked: ['turn'],
    turn: ['last'],
    last: [],
    failed: [],
    circle: [],
  });
});

it('are those of all machines that have the function', () => {
  const other = { StartAt: 'A', States: { A: task('first', 'B'), B: task('other', 'B') } };
  expect(followers([MACHINE, other])).toMatchObject({ first: ['item', 'other'], other: [] });
});

it('are prepared once the function before them is invoked, which is not kept waiting', async () => {
  const calls: string[] = [];
  const functions = {
    has: (arn: string) => arn !== 'gone',
    prepare: (arn: string) => void calls.push(`prepare ${arn}`),
    invoke: async (arn: string, event: string) => {
      calls.push(`invoke ${arn}`);
      return { payload: event };
    },
  };
  const invoker = invokingAhead(functions, [MACHINE]);
  expect([invoker.has('first'), invoker.has('gone')]).toEqual([true, false]);
  expect(await invoker.invoke('first', '1')).toEqual({ payload: '1' });
  await invoker.invoke('last', '2');
  expect(calls).toEqual(['invoke first', 'prepare item', 'invoke last']);
});
