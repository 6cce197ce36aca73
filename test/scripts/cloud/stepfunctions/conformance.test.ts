/** What states come to in AWS: facts that its own recorded executions show, in definitions of our own. */
import { describe, expect, it } from 'vitest';
import { type Fields, machineOf, run } from './stand.ts';

const pass = (more: Fields) => machineOf({ It: { Type: 'Pass', End: true, ...more } });
const computed = async (expression: string, input: unknown) => {
  const { output, error, cause } = await run(pass({ Parameters: { 'r.$': expression } }), input);
  return output === undefined ? { error, cause } : output.r;
};
/** Whether the rule matches. */
const chosen = async (rule: Fields, input: unknown) => {
  const states = {
    It: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' },
    Yes: { Type: 'Pass', Result: true, End: true },
    No: { Type: 'Pass', Result: false, End: true },
  };
  const { output, error, cause } = await run(machineOf(states), input);
  return output ?? { error, cause };
};

describe('a path', () => {
  it.each<[string, unknown, unknown]>([
    ['$', 7, 7],
    ['$', false, false],
    ['$', null, null],
    ['$', '', ''],
    ['$.a-b.c', { 'a-b': { c: 1 } }, 1],
    ["$['a b'][1]", { 'a b': [5, 6] }, 6],
    ['$.list[-1]', { list: [1, 2] }, 2],
    // A list of what is there, be it nothing.
    ['$.list[*].x', { list: [{ x: 1 }, {}, { x: 2 }] }, [1, 2]],
    ['$.list[1:]', { list: [1, 2, 3] }, [2, 3]],
    ['$.list[:-1]', { list: [1, 2, 3] }, [1, 2]],
    ['$.none[*]', {}, []],
    ['$.none.deeper[1:3].x', {}, []],
    ['$[*]', {}, []],
    ['$.*', { a: 1, b: 2 }, [1, 2]],
  ])('%s of %j is %j', async (path, input, value) => {
    expect(await computed(path, input)).toEqual(value);
  });

  it.each<[string, unknown]>([
    ['$.none', {}],
    ['$.text[0]', { text: 'abc' }],
    ['$.list.length', { list: [1] }],
    ['$.list[2]', { list: [1] }],
    ['$.toString', {}],
    ['$.a.b', { a: null }],
  ])('%s leads nowhere in %j, which nothing catches', async (path, input) => {
    const { error, cause } = await computed(path, input);
    expect(error).toBe('States.Runtime');
    expect(cause).toBe(
      `An error occurred while executing the state 'It' (entered at the event id #2). The JSONPath '${path}' specified for the field 'r.$' could not be found in the input '${JSON.stringify(input)}'`,
    );
  });

  it('that is null gives nothing', async () => {
    expect((await run(pass({ InputPath: null }), { a: 1 })).output).toEqual({});
    expect((await run(pass({ OutputPath: null }), { a: 1 })).output).toEqual({});
  });

  it('of a field says which part is missing', async () => {
    expect((await run(pass({ InputPath: '$.a.b' }), {})).cause).toContain(
      "Invalid path '$.a.b' : Missing property in path $['a']",
    );
    expect((await run(pass({ OutputPath: '$.a' }), {})).cause).toContain(
      "Invalid path '$.a' : No results for path: $['a']",
    );
  });
});

describe('ResultPath', () => {
  it.each<[string | null | undefined, unknown, unknown]>([
    [undefined, { a: 1 }, 'r'],
    ['$', { a: 1 }, 'r'],
    [null, { a: 1 }, { a: 1 }],
    ['$.b', { a: 1 }, { a: 1, b: 'r' }],
    ['$.a.b', { a: { c: 1 } }, { a: { c: 1, b: 'r' } }],
    ['$.a.b.c', {}, { a: { b: { c: 'r' } } }],
    ['$.a[1]', { a: [1, 2] }, { a: [1, 'r'] }],
  ])('%s puts a result into %j as %j', async (ResultPath, input, output) => {
    expect((await run(pass({ Result: 'r', ResultPath }), input)).output).toEqual(output);
  });

  it.each<[string, unknown]>([
    ['$.b', 7],
    ['$.b', [1]],
    ['$.a.b', { a: 'text' }],
    ['$.a[2]', { a: [1] }],
  ])('%s has no place in %j', async (ResultPath, input) => {
    expect(await run(pass({ Result: 'r', ResultPath }), input)).toMatchObject({
      status: 'FAILED',
      error: 'States.ResultPathMatchFailure',
    });
  });

  it('leaves a Result as it is, whatever it is, and its fields that look like paths', async () => {
    for (const Result of [0, false, null, '', { 'a.$': '$.x' }]) {
      expect((await run(pass({ Result }), { a: 1 })).output).toEqual(Result);
    }
  });
});

describe('an intrinsic function', () => {
  it.each<[string, unknown, unknown]>([
    ['States.MathAdd($.a, $.b)', { a: 1.49, b: 1.5 }, 3],
    ['States.MathAdd($.a, $.b)', { a: -1.5, b: -1.51 }, -3],
    ['States.MathAdd($.a, 0)', { a: 0.5 }, 1],
    ["States.StringSplit($, '.+,')", 'a.b+c,,d', ['a', 'b', 'c', 'd']],
    ["States.StringSplit($, ',')", ',,,', []],
    ['States.StringToJson($)', '', null],
    ['States.StringToJson($)', ' [1, "x"]', [1, 'x']],
    ["States.Format('{} of {}', $.a, $.b)", { a: 'C:\\x', b: null }, 'C:\\x of null'],
    ["States.Format('\\{{}\\} (', 1.5)", {}, '{1.5} ('],
    ["States.Format('{}', $)", { a: 1, b: 'x' }, '{a=1, b=x}'],
    ["States.Array('(', ')', 'it\\'s, or', '\\\\')", {}, ['(', ')', "it's, or", '\\']],
    ['States.Base64Encode($)', 'zażółć', 'emHFvMOzxYLEhw=='],
    ['States.Base64Decode($)', 'emHFvMOzxYLEhw==', 'zażółć'],
    ['States.JsonToString($)', { a: [1, 'x\\'] }, '{"a":[1,"x\\\\"]}'],
    ['States.ArrayRange(1, 9, 4)', {}, [1, 5, 9]],
    ['States.ArrayRange(9, 1, -3)', {}, [9, 6, 3]],
    ['States.ArrayPartition($, 2)', [1, 2, 3], [[1, 2], [3]]],
    ['States.ArrayContains($, $[0])', [{ a: 1, b: [] }], true],
    ['States.ArrayUnique($)', [1, 1, { a: 1 }, { a: 1 }], [1, { a: 1 }]],
    ['States.ArrayGetItem(States.StringSplit($.a, $.b), 0)', { a: 'x-y', b: '-' }, 'x'],
    ["States.Hash($, 'SHA-1')", 'input data', 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ['States.JsonMerge($.a, $.b, false)', { a: { x: 1, y: 1 }, b: { y: 2 } }, { x: 1, y: 2 }],
  ])('%s of %j is %j', async (expression, input, value) => {
    expect(await computed(expression, input)).toEqual(value);
  });

  it('leaves what it merges alone', async () => {
    const Parameters = { 'merged.$': 'States.JsonMerge($.a, $.b, false)', 'a.$': '$.a' };
    const { output } = await run(pass({ Parameters }), { a: { x: 1 }, b: { y: 2 } });
    expect(output.a).toEqual({ x: 1 });
  });

  it.each<[string, unknown]>([
    ['States.MathAdd($.a, 1)', { a: '1' }],
    ['States.MathAdd($.a, 1)', { a: 2147483647 }],
    ['States.StringToJson($)', '{'],
    ['States.ArrayGetItem($, 1)', [1]],
    ['States.ArrayRange(1, 2000, 1)', {}],
    ['States.ArrayPartition($, 0)', [1]],
    ['States.JsonMerge($, $, true)', {}],
    ['States.Base64Decode($)', 'ä'],
    ["States.Hash($, 'CRC')", 'x'],
    ["States.Format('{}', $)", [1]],
    ["States.Format('{} {}', $)", 1],
  ])('%s fails on %j', async (expression, input) => {
    expect(await computed(expression, input)).toMatchObject({ error: 'States.IntrinsicFailure' });
  });

  it('draws whole numbers below the second', async () => {
    for (let time = 0; time < 20; time++) {
      expect([1, 2]).toContain(await computed('States.MathRandom(0.5, 3.2)', {}));
    }
    expect(await computed('States.UUID()', {})).toMatch(/^[\da-f]{8}-[\da-f]{4}-4/);
  });
});

describe('a choice', () => {
  const v = 'Variable' as const;
  it.each<[Fields, unknown, unknown]>([
    [{ [v]: '$.x', NumericGreaterThan: 5 }, { x: 10 }, true],
    [{ [v]: '$.x', NumericGreaterThan: 5 }, { x: '10' }, false],
    [{ [v]: '$.x', NumericGreaterThan: -1 }, { x: null }, false],
    [{ [v]: '$.x', NumericGreaterThan: 5 }, { x: [10] }, false],
    [{ [v]: '$.x', NumericEquals: 0 }, { x: false }, false],
    [{ [v]: '$.x', NumericLessThanEqualsPath: '$.y' }, { x: 1, y: '1' }, false],
    [{ [v]: '$.x', BooleanEquals: true }, { x: 1 }, false],
    [{ [v]: '$.x', StringLessThan: 'b' }, { x: 'a' }, true],
    [{ [v]: '$.x', StringEquals: '1' }, { x: 1 }, false],
    [{ [v]: '$.x', TimestampLessThan: '2026-01-01T00:00:00Z' }, { x: null }, false],
    [{ [v]: '$.x', TimestampLessThan: '2026-01-01T00:00:00Z' }, { x: '2025-01-01' }, false],
    [{ [v]: '$.x', TimestampEquals: '2026-01-01T00:00:00Z' }, { x: '2026-01-01T01:00:00+01:00' }, true],
    [
      { [v]: '$.x', TimestampLessThan: '2026-01-01T00:00:00.0000002Z' },
      { x: '2026-01-01T00:00:00.0000001Z' },
      true,
    ],
    [{ [v]: '$.x', IsTimestamp: true }, { x: '2026-02-30T00:00:00Z' }, false],
    [{ [v]: '$.x', IsNumeric: false }, { x: '1' }, true],
    [{ [v]: '$.x', IsNull: false }, { x: null }, false],
    [{ [v]: '$.x', IsPresent: false }, {}, true],
    [{ [v]: '$.x', IsPresent: true }, { x: null }, true],
    [{ [v]: '$.x[*]', IsPresent: true }, { x: [] }, false],
    [{ [v]: '$.x', StringMatches: 'a*c' }, { x: 'abbc' }, true],
    [{ [v]: '$.x', StringMatches: 'a*c' }, { x: 'abcd' }, false],
    [{ [v]: '$.x', StringMatches: 'a*b*a' }, { x: 'aba' }, true],
    [{ [v]: '$.x', StringMatches: 'ab*ba' }, { x: 'aba' }, false],
    [{ [v]: '$.x', StringMatches: 'a\\*' }, { x: 'ab' }, false],
    [{ [v]: '$.x', StringMatches: 'a\\*' }, { x: 'a*' }, true],
    [{ [v]: '$.x', StringMatches: 'a.' }, { x: 'ab' }, false],
    [{ Not: { [v]: '$.x', IsNull: true } }, { x: 1 }, true],
    [
      {
        And: [
          { [v]: '$.x', IsPresent: true },
          { [v]: '$.x', NumericEquals: 1 },
        ],
      },
      {},
      false,
    ],
    [
      {
        Or: [
          { [v]: '$.x', IsPresent: true },
          { [v]: '$$.State.Name', StringEquals: 'It' },
        ],
      },
      {},
      true,
    ],
  ])('%j of %j: %j', async (rule, input, matched) => {
    expect(await chosen(rule, input)).toBe(matched);
  });

  it('fails where its variable is not there, and without Default where nothing matches', async () => {
    expect(await chosen({ Variable: '$.x', IsNull: true }, {})).toEqual({
      error: 'States.Runtime',
      cause:
        "An error occurred while executing the state 'It' (entered at the event id #2). Invalid path '$.x': The choice state's condition path references an invalid value.",
    });
    const states = {
      It: { Type: 'Choice', Choices: [{ Variable: '$.x', NumericEquals: 1, Next: 'Yes' }] },
      Yes: { Type: 'Succeed' },
    };
    expect(await run(machineOf(states), { x: 2 })).toMatchObject({ error: 'States.NoChoiceMatched' });
  });
});

describe('the context object', () => {
  it('tells of execution, state machine and state', async () => {
    const { output } = await run(pass({ Parameters: { 'all.$': '$$' } }), { a: 1 });
    expect(output.all).toEqual({
      Execution: {
        Id: expect.stringMatching(/:execution:tried:/),
        Input: { a: 1 },
        StartTime: expect.stringMatching(/^\d{4}-.*Z$/),
        Name: expect.any(String),
        RoleArn: 'arn:aws:iam::000000000000:role/local',
        RedriveCount: 0,
      },
      StateMachine: { Id: expect.stringMatching(/:stateMachine:tried$/), Name: 'tried' },
      State: { Name: 'It', EnteredTime: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    expect((await run(pass({ InputPath: '$$.Execution.Input.a' }), { a: 5 })).output).toBe(5);
  });
});

describe('a Fail state', () => {
  it.each<[Fields, unknown, Fields]>([
    [{}, {}, { error: undefined, cause: undefined }],
    [{ Error: 'E' }, {}, { error: 'E', cause: undefined }],
    [{ ErrorPath: '$.e', Cause: 'c' }, { e: 'E' }, { error: 'E', cause: 'c' }],
    [{ Error: 'E', CausePath: "States.Format('{}!', $.c)" }, { c: 1 }, { error: 'E', cause: '1!' }],
    [
      { ErrorPath: '$.e' },
      {},
      { error: 'States.Runtime', cause: expect.stringContaining("field 'ErrorPath'") },
    ],
    [
      { ErrorPath: '$.e' },
      { e: 1 },
      { error: 'States.Runtime', cause: expect.stringContaining('not a string') },
    ],
  ])('%j of %j ends with %j', async (fields, input, ending) => {
    expect(await run(machineOf({ It: { Type: 'Fail', ...fields } }), input)).toMatchObject({
      status: 'FAILED',
      ...ending,
    });
  });
});
