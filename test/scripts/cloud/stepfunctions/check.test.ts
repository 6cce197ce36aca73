/** What Step Functions refuses when a state machine is created. */
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../../../scripts/cloud/stepfunctions/asl/check.ts';
import { type Fields, machineOf, task } from './stand.ts';

const problems = (definition: Fields) => problemsOf(JSON.parse(JSON.stringify(definition))).join('; ');
const alone = (state: Fields, more: Fields = {}) => problems(machineOf({ It: state }, more));
const DONE = { Type: 'Succeed' };
const choice = (...rules: Fields[]) =>
  problems(machineOf({ It: { Type: 'Choice', Choices: rules, Default: 'Done' }, Done: DONE }));
const rule = { Variable: '$.x', NumericEquals: 1 };
const caught = (...names: string[][]) =>
  problems(
    machineOf({
      It: task({ Catch: names.map((ErrorEquals) => ({ ErrorEquals, Next: 'Done' })) }),
      Done: DONE,
    }),
  );
const inner = (more: Fields = {}) => ({ ...machineOf({ Inner: { Type: 'Pass', End: true } }), ...more });

describe('a state machine is taken', () => {
  it.each<[string, string]>([
    ['with a task', alone(task())],
    ['with a choice', choice({ ...rule, Next: 'Done' })],
    ['with errors caught', caught(['A', 'B'], ['States.ALL'])],
    ['with a Map', alone({ Type: 'Map', ItemProcessor: inner(), End: true })],
    ['of version 1.0', alone(task(), { Version: '1.0' })],
  ])('%s', (_what, said) => {
    expect(said).toBe('');
  });
});

describe('a state machine is refused', () => {
  it.each<[string, string, string]>([
    ['for another version', alone(task(), { Version: '2.0' }), 'Version "2.0"'],
    ['for a timeout of 0', alone(task(), { TimeoutSeconds: 0 }), 'TimeoutSeconds 0'],
    ['for a timeout of a task of 0', alone(task({ TimeoutSeconds: 0 })), 'It: TimeoutSeconds 0'],
    ['that begins nowhere', problems({ StartAt: 'X', States: { It: task() } }), 'there is no state X'],
    ['without states', problems({ StartAt: 'X', States: {} }), 'there are none'],
    ['for a state of no type', alone({ Type: 'Loop', End: true }), 'no state of a known Type'],
    [
      'for a state that nothing leads to',
      problems(machineOf({ It: task(), Lost: DONE })),
      'Lost: nothing leads to it',
    ],
    ['for a next state elsewhere', alone(task({ End: undefined, Next: 'X' })), 'no state X beside it'],
    ['for an end and a next', alone(task({ Next: 'It' })), 'either Next or "End": true'],
    ['for neither', alone(task({ End: undefined })), 'either Next or "End": true'],
    ['for an end that ends anyway', alone({ Type: 'Succeed', End: true }), 'Next or End in a Succeed'],
    [
      'for a name of 81 characters',
      problems(machineOf({ ['x'.repeat(81)]: DONE })),
      'more than 80 characters',
    ],
    ['for a task of nothing', alone(task({ Resource: undefined })), 'no Resource'],
    ['for no errors', caught([]), 'Catch: ErrorEquals names no error'],
    ['for all errors beside others', caught(['States.ALL', 'A']), 'States.ALL beside other errors'],
    ['for all errors before the last', caught(['States.ALL'], ['A']), 'States.ALL before the last rule'],
    ['for no choices', choice(), 'Choices: there are none'],
    ['for a rule that leads nowhere', choice(rule), 'a rule without Next'],
    [
      'for Next inside And',
      choice({ And: [{ ...rule, Next: 'Done' }], Next: 'Done' }),
      'Next in a rule within',
    ],
    ['for an empty Or', choice({ Or: [], Next: 'Done' }), 'Or: no rules'],
    ['for two operators', choice({ ...rule, IsNull: true, Next: 'Done' }), 'NumericEquals and IsNull'],
    ['for no operator', choice({ Variable: '$.x', Next: 'Done' }), 'no operator'],
    [
      'for a text as a number',
      choice({ Variable: '$.x', NumericEquals: '1', Next: 'Done' }),
      'NumericEquals "1"',
    ],
    [
      'for a timestamp without T',
      choice({ Variable: '$.x', TimestampEquals: '2026-01-01 00:00:00Z', Next: 'Done' }),
      'TimestampEquals "2026-01-01 00:00:00Z"',
    ],
    [
      'for a Wait until none',
      alone({ Type: 'Wait', Timestamp: '2026-01-01 00:00:00Z', End: true }),
      'Timestamp "2026',
    ],
    ['for a Wait of nothing', alone({ Type: 'Wait', End: true }), 'none of Seconds'],
    ['for a Wait of a fraction', alone({ Type: 'Wait', Seconds: 1.5, End: true }), 'Seconds 1.5'],
    ['for no branches', alone({ Type: 'Parallel', Branches: [], End: true }), 'Branches: there are none'],
    ['for a Map of nothing', alone({ Type: 'Map', End: true }), 'none of ItemProcessor, Iterator'],
    [
      'for tolerance of an inline Map',
      alone({ Type: 'Map', ItemProcessor: inner(), ToleratedFailureCount: 1, End: true }),
      'ToleratedFailureCount in an INLINE Map',
    ],
    [
      'for children of no type',
      alone({ Type: 'Map', ItemProcessor: inner({ ProcessorConfig: { Mode: 'DISTRIBUTED' } }), End: true }),
      'ExecutionType undefined',
    ],
    ['for a path that is none', alone(task({ InputPath: 'x' })), 'begins with no $'],
    ['for a filter', alone(task({ InputPath: '$.x[?(@.y)]' })), 'no path of names'],
    ['for a result in many places', alone(task({ ResultPath: '$.x[*]' })), 'no reference path'],
    ['for a result in the context', alone(task({ ResultPath: '$$.x' })), 'no reference path'],
    [
      'for an illegal escape',
      alone(task({ Parameters: { 'x.$': "States.Array('\\n')" } })),
      'no escape of a literal',
    ],
    [
      'for an unknown function',
      alone(task({ Parameters: { 'x.$': 'States.Sum(1)' } })),
      'States.Sum is no intrinsic',
    ],
    [
      'for too many arguments',
      alone(task({ Parameters: { 'x.$': 'States.UUID(1)' } })),
      'States.UUID takes 0',
    ],
    ['for half a function', alone(task({ Parameters: { 'x.$': 'States.Array(1' } })), "can't be read"],
    ['for a number as a path', alone(task({ Parameters: { 'x.$': 1 } })), '1 is no string'],
  ])('%s', (_what, said, problem) => {
    expect(said).toContain(problem);
  });

  it.each<[Fields, string]>([
    [{ IntervalSeconds: 0 }, 'IntervalSeconds 0'],
    [{ IntervalSeconds: 1.5 }, 'IntervalSeconds 1.5'],
    [{ MaxAttempts: -1 }, 'MaxAttempts -1'],
    [{ BackoffRate: 0.9 }, 'BackoffRate 0.9'],
    [{ MaxDelaySeconds: 0 }, 'MaxDelaySeconds 0'],
    [{ MaxDelaySeconds: 31_622_400 }, 'MaxDelaySeconds 31622400'],
    [{ JitterStrategy: 'SOME' }, 'JitterStrategy "SOME"'],
  ])('for a retry of %j', (retrier, problem) => {
    expect(alone(task({ Retry: [{ ErrorEquals: ['X'], ...retrier }] }))).toContain(`It: Retry: ${problem}`);
  });
});
