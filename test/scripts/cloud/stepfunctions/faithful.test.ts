import { describe, expect, inject, it } from 'vitest';
import { readAssembly } from '../../../../scripts/cloud/assembly.ts';
import { describeResources } from '../../../../scripts/cloud/resources.ts';
import { allStates } from '../../../../scripts/cloud/stepfunctions/asl/definition.ts';
import { assertFaithful } from '../../../../scripts/cloud/stepfunctions/faithful.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:work';
const isFunction = (arn: string) => arn === FUNCTION;

type Fields = Record<string, unknown>;
const START = {
  Resource: 'arn:aws:states:::states:startExecution',
  Parameters: { 'StateMachineArn.$': '$.x', 'Name.$': '$.y', 'Input.$': '$' },
  ResultPath: null as string | null,
};
const start = (more: Fields) => task({ ...START, ...more });
const task = (more: Fields = {}) => ({
  Type: 'Task',
  Resource: FUNCTION,
  TimeoutSeconds: 60,
  End: true,
  ...more,
});
const machine = (state: Fields, more: Fields = {}) => ({ StartAt: 'Work', States: { Work: state }, ...more });
const map = (more: Fields = {}, inner: Fields = task()) => ({
  Type: 'Map',
  ItemsPath: '$.items',
  ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Item', States: { Item: inner } },
  End: true,
  ...more,
});
const WRITER = {
  Resource: 'arn:aws:states:::s3:putObject',
  Parameters: { Bucket: 'bucket', 'Prefix.$': "States.Format('x/{}', $$.Execution.Name)" } as Fields,
};
const writing = (more: Fields) => ({
  ...map({ ResultWriter: { ...WRITER, ...more } }),
  ItemProcessor: {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'Item',
    States: { Item: task() },
  },
});
const choice = (rule: Fields) => ({
  StartAt: 'Which',
  States: {
    Which: { Type: 'Choice', Choices: [{ ...rule, Next: 'Done' }], Default: 'Done' },
    Done: { Type: 'Succeed' },
  },
});

describe('assertFaithful accepts', () => {
  it('the synthesized state machines', () => {
    const { stateMachines, functions } = describeResources(readAssembly(inject('assembly')), {
      parameters: {},
      endpoint: 'http://127.0.0.1:3000',
    });
    const arns = new Set(functions.map(({ arn }) => arn));
    expect(stateMachines).not.toEqual([]);
    for (const { definition } of stateMachines) assertFaithful(definition, (arn) => arns.has(arn));
  });

  it.each<[string, Fields]>([
    [
      'payloads, retries and catches',
      {
        StartAt: 'Work',
        TimeoutSeconds: 86_400,
        States: {
          Work: task({
            InputPath: '$.a',
            Parameters: { 'name.$': '$$.Execution.Name', 'input.$': '$$.Execution.Input', 'x.$': '$.x' },
            ResultPath: '$.work',
            Retry: [{ ErrorEquals: ['X'], IntervalSeconds: 1, MaxDelaySeconds: 5, JitterStrategy: 'FULL' }],
            Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' }],
          }),
          Failed: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
        },
      },
    ],
    [
      'an inline Map',
      machine(map({ ItemSelector: { 'item.$': '$$.Map.Item.Value', 'i.$': '$$.Map.Item.Index' } })),
    ],
    ['a Map that writes its results', machine(writing({}))],
    ['$$.StateMachine', machine(task({ Parameters: { 'id.$': '$$.StateMachine.Id' } }))],
    ['a comment on $$.State', machine(task({ Comment: 'not $$.State.Name' }))],
    [
      'a choice',
      choice({
        Or: [
          { Variable: '$.n', NumericEquals: 1 },
          { Variable: '$.b', IsPresent: true },
        ],
      }),
    ],
  ])('%s', (_, definition) => {
    assertFaithful(definition, isFunction);
  });
});

describe('assertFaithful refuses, naming state and feature,', () => {
  it.each<[string, Fields, RegExp]>([
    ['JSONata', machine(task(), { QueryLanguage: 'JSONata' }), /faithfully: QueryLanguage JSONata/],
    ['JSONata in a state', machine(task({ QueryLanguage: 'JSONata' })), /Work: QueryLanguage JSONata/],
    ['Assign', machine(task({ Assign: { x: 1 } })), /Work: Assign/],
    [
      'Assign in a catcher',
      {
        StartAt: 'Work',
        States: {
          Work: task({ Catch: [{ ErrorEquals: ['States.ALL'], Assign: { x: 1 }, Next: 'Done' }] }),
          Done: { Type: 'Succeed' },
        },
      },
      /Work: Assign/,
    ],
    ['Assign in a choice', choice({ Variable: '$.n', NumericEquals: 1, Assign: { x: 1 } }), /Which: Assign/],
    ['HeartbeatSeconds', machine(task({ HeartbeatSeconds: 5 })), /Work: HeartbeatSeconds/],
    ['Credentials', machine(task({ Credentials: { RoleArn: 'role' } })), /Work: Credentials/],
    ['ItemBatcher', machine(map({ ItemBatcher: { MaxItemsPerBatch: 2 } })), /Work: ItemBatcher/],
    [
      'tolerated failures',
      machine(map({ ToleratedFailurePercentage: 5 })),
      /Work: ToleratedFailurePercentage/,
    ],
    ['$$.Task', machine(task({ Parameters: { 'token.$': '$$.Task.Token' } })), /Work: \$\$\.Task\.Token/],
    [
      "a Map's item where there is no Map",
      machine(task({ Parameters: { 'i.$': '$$.Map.Item.Index' } })),
      /Work: \$\$\.Map\.Item\.Index/,
    ],
    [
      'another service',
      machine(task({ Resource: 'arn:aws:states:::sqs:sendMessage' })),
      /Work: Resource arn:aws:states/,
    ],
    [
      'a foreign function',
      machine(task({ Resource: `${FUNCTION}-2` })),
      /Work: Resource .*work-2 is no function/,
    ],
    [
      'startExecution that waits',
      machine(task({ Resource: 'arn:aws:states:::states:startExecution.sync:2' })),
      /Work: Resource .*sync:2 is no function/,
    ],
    [
      'startExecution with other parameters',
      machine(start({ ...START, Parameters: { ...START.Parameters, TraceHeader: 'x' } })),
      /Work: Parameters.TraceHeader/,
    ],
    [
      'startExecution without a name, which would be random',
      machine(start({ ...START, Parameters: { 'StateMachineArn.$': '$.x', 'Input.$': '$' } })),
      /Work: no Parameters\["Name\.\$"\]/,
    ],
    [
      'startExecution whose result is kept',
      machine(start({ ...START, ResultPath: '$.started' })),
      /Work: a result of startExecution/,
    ],
    [
      'a timeout beyond three years',
      machine(task({ TimeoutSeconds: 100_000_000 })),
      /Work: TimeoutSeconds 100000000/,
    ],
    [
      'results in other formats',
      machine(writing({ WriterConfig: { OutputType: 'JSONL', Transformation: 'NONE' } })),
      /Work: ResultWriter\.WriterConfig/,
    ],
    [
      'results that are written by another service',
      machine(writing({ Resource: 'arn:aws:states:::s3:getObject' })),
      /Work: ResultWriter\.Resource arn/,
    ],
    [
      'results without a prefix',
      machine(writing({ Parameters: { Bucket: 'bucket' } })),
      /Work: no ResultWriter\.Parameters\.Prefix/,
    ],
    [
      'results whose prefix ends in a slash',
      machine(writing({ Parameters: { Bucket: 'bucket', Prefix: 'x/' } })),
      /Work: ResultWriter\.Parameters\.Prefix x\//,
    ],
    [
      'results with tags',
      machine(writing({ Parameters: { ...WRITER.Parameters, Tagging: 'x' } })),
      /Work: ResultWriter\.Parameters\.Tagging/,
    ],
    [
      'results whose place is named by what is not there',
      machine(writing({ Parameters: { Bucket: 'bucket', 'Prefix.$': '$$.Map.Item.Index' } })),
      /Work: \$\$\.Map\.Item\.Index/,
    ],
    ['two states of one name', machine(map({}, map({}, task()))), /Item already exists/],
    ['what is no state machine', { StartAt: 'Nowhere', States: { Work: task() } }, /Nowhere/],
  ])('%s', (_, definition, message) => {
    expect(() => assertFaithful(JSON.parse(JSON.stringify(definition)), isFunction)).toThrow(message);
  });

  it('everything at once', () => {
    const definition = machine(task({ HeartbeatSeconds: 5, Assign: {} }), { QueryLanguage: 'JSONata' });
    expect(() => assertFaithful(definition, () => false)).toThrow(
      /QueryLanguage JSONata; Work: HeartbeatSeconds; Work: Assign; Work: Resource/,
    );
  });
});

describe('allStates', () => {
  it('finds the states inside Map and Parallel', () => {
    const definition = {
      StartAt: 'Both',
      States: {
        Both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'Left', States: { Left: map() } },
            { StartAt: 'Right', States: { Right: task() } },
          ],
          End: true,
        },
      },
    };
    expect(allStates(definition).map(({ name, where }) => `${name} ${where.isInInlineMap}`)).toEqual([
      'Both false',
      'Left false',
      'Item true',
      'Right false',
    ]);
  });
});
