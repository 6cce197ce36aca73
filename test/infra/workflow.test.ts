/** The state machines: order of states, retries, catches, timeouts, logging, and what they may call. */
import { createRequire } from 'node:module';
import { describe, expect, inject, it } from 'vitest';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { readAssembly } from '../../scripts/cloud/assembly.ts';
import { describeResources } from '../../scripts/cloud/resources.ts';
import { readable, resourcesOf, statementsOf, templates } from './templates.ts';

type State = Record<string, unknown> & { Type: string };
interface ExpectedTask {
  fn: string;
  payload?: Record<string, string>;
  /** undefined: the workflow ends here. */
  next?: string;
  /** ResultPath; undefined: the result is the next state's input. */
  result?: string | null;
}

/** How a workflow's states name their run. */
type Run = Record<string, string>;
const TRAINING_RUN = {
  'runId.$': "States.ArrayGetItem(States.StringSplit($$.Execution.Name, '.'), 0)",
  'executionName.$': '$$.Execution.Name',
};
const IMPORT_RUN = { 'runId.$': '$$.Execution.Name' };
const runIdOf = (run: Run) => ({ 'runId.$': run['runId.$']! });
const checkpoint = { 'step.$': '$.step', 'checkpoint.$': '$.checkpoint' };
const validateConfig = (run: Run, input: string): ExpectedTask => ({
  fn: 'ValidateConfigFunction',
  payload: { ...run, 'input.$': input },
  next: 'DownloadDataset',
});
const shardDataset = (next: string): ExpectedTask => ({
  fn: 'ShardDatasetFunction',
  payload: { 'dataset.$': '$.config.dataset' },
  next,
  result: '$.dataset',
});
const beginRun = {
  'config.$': '$.config',
  'manifestSha256.$': '$.dataset.manifestSha256',
};
const common = (run: Run): Record<string, ExpectedTask> => ({
  DownloadFile: {
    fn: 'DownloadDatasetFunction',
  },
  PromoteModel: {
    fn: 'PromoteModelFunction',
    payload: { ...runIdOf(run), ...checkpoint, 'stopped.$': '$.stopped' },
  },
  RecordFailure: {
    fn: 'RecordFailureFunction',
    payload: { ...run, 'error.$': '$.error' },
    next: 'RunFailed',
    result: null,
  },
});

/** What a turn of the training loop gets. */
const turn = {
  ...runIdOf(TRAINING_RUN),
  ...checkpoint,
  'best.$': '$.best',
  'runDollars.$': '$.runDollars',
  'loop.$': '$.loop',
};

const MACHINES: Record<string, { output: string; tasks: Record<string, ExpectedTask>; others: string[] }> = {
  Training: {
    output: OUTPUTS.stateMachine,
    others: ['TrainingDone', 'TrainRound', 'ContinueRun', 'RunContinues'],
    tasks: {
      ...common(TRAINING_RUN),
      ValidateConfig: validateConfig(TRAINING_RUN, '$$.Execution.Input'),
      ShardDataset: shardDataset('StartRun'),
      StartRun: { fn: 'StartRunFunction', payload: { ...TRAINING_RUN, ...beginRun }, next: 'TrainingDone' },
      TrainChunk: { fn: 'TrainChunkFunction', payload: turn, next: 'TrainingDone' },
      TrainWorker: {
        fn: 'TrainWorkerFunction',
        payload: { 'runId.$': '$.runId', ...checkpoint, 'worker.$': '$.worker' },
      },
      ReduceRound: {
        fn: 'ReduceRoundFunction',
        payload: { ...turn, 'results.$': '$.results' },
        next: 'TrainingDone',
      },
    },
  },
  Import: {
    output: OUTPUTS.importStateMachine,
    others: [],
    tasks: {
      ...common(IMPORT_RUN),
      ValidateConfig: validateConfig(IMPORT_RUN, '$$.Execution.Input.config'),
      ShardDataset: shardDataset('ImportModel'),
      ImportModel: {
        fn: 'ImportModelFunction',
        payload: { ...IMPORT_RUN, ...beginRun, 'weights.$': '$$.Execution.Input.weights' },
        next: 'PromoteModel',
      },
    },
  },
};

/** Trouble of the services; an error of ours would be the same again. */
const SERVICE_RETRY = {
  ErrorEquals: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.TooManyRequestsException',
    'Lambda.Unknown',
    'Runtime.ExitError',
    'Sandbox.Timedout',
    'StorageUnavailableError',
  ],
  IntervalSeconds: 2,
  MaxAttempts: 5,
  BackoffRate: 2,
  MaxDelaySeconds: 30,
  JitterStrategy: 'FULL',
};

const template = templates().training!;
const resources = resourcesOf(template);
const machineOf = (id: string) =>
  resources.find((resource) => resource.type === 'AWS::StepFunctions::StateMachine' && resource.id === id)!;

it('are those two', () => {
  const machines = resources.filter(({ type }) => type === 'AWS::StepFunctions::StateMachine');
  expect(machines.map(({ id }) => id).sort()).toEqual(Object.keys(MACHINES).sort());
});

describe.each(Object.entries(MACHINES))('%s', (id, { output, tasks: expectedTasks, others }) => {
  const machine = machineOf(id);
  const definition = JSON.parse(machine.properties.DefinitionString as string) as {
    StartAt: string;
    TimeoutSeconds: number;
    States: Record<string, State>;
  };
  const { States: states } = definition;
  const map = states.DownloadDataset!;
  const innerOf = (state: State | undefined) =>
    ((state?.ItemProcessor ?? { States: {} }) as { States: Record<string, State> }).States;
  const inner = { ...innerOf(map), ...innerOf(states.TrainRound) };

  it('holds the states of the design and no others', () => {
    expect(definition.StartAt).toBe('ValidateConfig');
    const { DownloadFile, TrainWorker, ...outer } = expectedTasks;
    const names = [...Object.keys(outer), ...others, 'DownloadDataset', 'RunFailed'];
    expect(Object.keys(states).sort()).toEqual(names.sort());
    expect(Object.keys(innerOf(map))).toEqual(['DownloadFile']);
    expect(Object.keys(innerOf(states.TrainRound))).toEqual(TrainWorker === undefined ? [] : ['TrainWorker']);
  });

  describe.each(Object.entries(expectedTasks))('%s', (name, { fn, payload, next, result }) => {
    const state = { ...states, ...inner }[name]!;

    it('calls its function with exactly what that reads', () => {
      expect(state).toMatchObject({ Type: 'Task', Resource: `<${fn}.Arn>` });
      expect(state.Parameters).toEqual(payload);
      expect(state.ResultPath).toEqual(result);
      expect(state).toMatchObject(next === undefined ? { End: true } : { Next: next });
    });

    it('is given up half a minute after the function would be', () => {
      const timeout = resources.find((resource) => resource.id === fn)!.properties.Timeout as number;
      expect(state.TimeoutSeconds).toBe(timeout + 30);
    });

    it('is tried again after trouble of the services only, with backoff and jitter', () => {
      expect(state.Retry).toEqual([SERVICE_RETRY]);
    });

    it('has its failure recorded, and the run ends with that error', () => {
      const caught = (Next: string, ResultPath: string) => [
        { ErrorEquals: ['States.ALL'], ResultPath, Next },
      ];
      // A file's and a worker's errors are their Map's; a failure that can't be recorded ends the run all the same.
      const expected = {
        DownloadFile: undefined,
        TrainWorker: undefined,
        RecordFailure: caught('RunFailed', '$.recordError'),
      };
      expect(state.Catch).toEqual(
        name in expected ? expected[name as keyof typeof expected] : caught('RecordFailure', '$.error'),
      );
    });
  });

  it('downloads the files at once, inline, and keeps nothing of it in the state', () => {
    expect(map).toEqual({
      Type: 'Map',
      ItemsPath: '$.files',
      MaxConcurrency: 4,
      ResultPath: null,
      Next: 'ShardDataset',
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'RecordFailure' }],
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'DownloadFile',
        States: { DownloadFile: inner.DownloadFile },
      },
    });
  });

  it('fails with the error that was caught', () => {
    expect(states.RunFailed).toEqual({
      Type: 'Fail',
      ErrorPath: '$.error.Error',
      CausePath: '$.error.Cause',
    });
  });

  it('is a standard machine with a timeout, tracing and a log without data', () => {
    expect(definition.TimeoutSeconds).toBe(14 * 86_400);
    expect(machine.properties).toMatchObject({
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: {
        Level: 'ERROR',
        IncludeExecutionData: false,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: `<${id}Logs.Arn>` } }],
      },
    });
  });

  it('may invoke its functions and nothing else', () => {
    const role = String(machine.properties.RoleArn).replace(/^<(.*)\.Arn>$/, '$1');
    const statements = statementsOf(role, resources);
    const invocations = statements.filter(({ actions }) => actions.includes('lambda:InvokeFunction'));
    const arns = Object.values(expectedTasks).map(({ fn }) => `<${fn}.Arn>`);
    expect(invocations).toEqual([
      { effect: 'Allow', actions: ['lambda:InvokeFunction'], resources: arns.sort() },
    ]);
    for (const { actions, resources: where } of statements) {
      if (actions.includes('lambda:InvokeFunction')) continue;
      // Of itself, and of a Distributed Map's children.
      if (actions.some((action) => action.startsWith('states:'))) continue;
      // Log delivery and traces know no resources.
      expect(where).toEqual(['*']);
      for (const action of actions) {
        expect(action).toMatch(/^(logs:\w*(LogDeliver|LogGroups|ResourcePolic)\w*|xray:\w+)$/);
      }
    }
    const { properties } = resources.find(({ id, type }) => type === 'AWS::IAM::Role' && id === role)!;
    expect(properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' } },
      ],
    });
    expect(properties).not.toHaveProperty('ManagedPolicyArns');
  });

  it('stands in the outputs', () => {
    expect(readable(template.Outputs)).toMatchObject({ [output]: { Value: `<${id}>` } });
  });
});

it('Training goes on until the run says that it is done', () => {
  const { States } = JSON.parse(machineOf('Training').properties.DefinitionString as string) as {
    States: Record<string, State>;
  };
  expect(States.TrainingDone).toEqual({
    Type: 'Choice',
    Choices: [
      { Variable: '$.done', BooleanEquals: true, Next: 'PromoteModel' },
      { Variable: '$.loop.turnsLeft', NumericLessThanEquals: 0, Next: 'ContinueRun' },
      { Variable: '$.parts', IsPresent: true, Next: 'TrainRound' },
    ],
    Default: 'TrainChunk',
  });
});

it('Training goes on in an execution of its own before the history is full', () => {
  const { States: states } = JSON.parse(machineOf('Training').properties.DefinitionString as string) as {
    States: Record<string, State>;
  };
  expect(states.ContinueRun).toEqual({
    Type: 'Task',
    Resource: 'arn:<AWS::Partition>:states:::states:startExecution',
    Parameters: {
      'StateMachineArn.$': '$$.StateMachine.Id',
      'Name.$': '$.loop.continueAs',
      'Input.$': '$$.Execution.Input',
    },
    TimeoutSeconds: 60,
    ResultPath: null,
    Retry: [{ ...SERVICE_RETRY, ErrorEquals: ['States.TaskFailed', 'States.Timeout'] }],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'RecordFailure' }],
    Next: 'RunContinues',
  });
  expect(states.RunContinues).toEqual({
    Type: 'Pass',
    Parameters: { ...runIdOf(TRAINING_RUN), 'continuedBy.$': '$.loop.continueAs' },
    End: true,
  });
});

it('Training maps a round over its workers, as standard executions of which eight run at a time', () => {
  const { States: states } = JSON.parse(machineOf('Training').properties.DefinitionString as string) as {
    States: Record<string, State>;
  };
  const { TrainWorker } = (states.TrainRound!.ItemProcessor as { States: Record<string, State> }).States;
  expect(states.TrainRound).toEqual({
    Type: 'Map',
    ItemsPath: '$.parts',
    ItemSelector: {
      'runId.$': '$.runId',
      ...checkpoint,
      'worker.$': '$$.Map.Item.Value.worker',
    },
    MaxConcurrency: 8,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'TrainWorker',
      States: { TrainWorker },
    },
    ResultPath: '$.results',
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'RecordFailure' }],
    Next: 'ReduceRound',
  });
});

it('Training may start executions of itself, as runs that go on and as workers, and end those; Import none', () => {
  const granted = (id: string) => {
    const role = String(machineOf(id).properties.RoleArn).replace(/^<(.*)\.Arn>$/, '$1');
    return statementsOf(role, resources).filter(({ actions }) =>
      actions.some((action) => action.startsWith('states:')),
    );
  };
  const allow = (actions: string[], resource: unknown) => ({
    effect: 'Allow',
    actions,
    resources: [resource],
  });
  const executions = (pattern: string) => expect.stringMatching(new RegExp(`:execution:.*${pattern}$`));
  expect(granted('Training')).toEqual([
    allow(['states:StartExecution'], '<Training>'),
    allow(['states:DescribeExecution', 'states:StopExecution'], executions(':\\*')),
    allow(['states:RedriveExecution'], executions('/\\*:\\*')),
    allow(['states:StartExecution'], '<Training>'),
  ]);
  expect(granted('Import')).toEqual([]);
});

it('are valid by the schema of the States Language, their paths and ARNs included', () => {
  const validate = createRequire(import.meta.url)('asl-validator') as (
    definition: unknown,
    options: { checkPaths: boolean; checkArn: boolean },
  ) => { isValid: boolean; errorsText(): string };
  const { stateMachines } = describeResources(readAssembly(inject('assembly')), {
    parameters: {},
    endpoint: 'http://127.0.0.1:3000',
  });
  expect(stateMachines).toHaveLength(4);
  const options = { checkPaths: true, checkArn: true };
  for (const { definition } of stateMachines) {
    expect(validate(structuredClone(definition), options).errorsText()).toBe('');
    const broken = structuredClone(definition) as { States: Record<string, State> };
    Object.values(broken.States).find(({ Next }) => Next !== undefined)!.Next = 'Nowhere';
    expect(validate(broken, options).isValid).toBe(false);
  }
});

it('the bucket stands in the outputs, and other mirrors may be given as a parameter', () => {
  expect(readable(template.Outputs)).toMatchObject({ [OUTPUTS.bucket]: { Value: '<Bucket>' } });
  expect(template.Parameters?.DatasetMirrors).toMatchObject({ Type: 'String', Default: '' });
  const access = { Type: 'String', Default: 'public', AllowedValues: ['public', 'any'] };
  expect(template.Parameters?.MirrorAccess).toMatchObject(access);
});
