/** The state machines: order of states, retries, catches, timeouts, logging, and what they may call. */
import { createRequire } from 'node:module';
import { describe, expect, inject, it } from 'vitest';
import { OUTPUTS } from '../../functions/shared/contract.ts';
import { readAssembly } from '../../scripts/local/assembly.ts';
import { describeResources } from '../../scripts/local/resources.ts';
import { readable, resourcesOf, statementsOf, templates } from './templates.ts';

type State = Record<string, unknown> & { Type: string };
interface ExpectedTask {
  fn: string;
  payload: Record<string, string>;
  /** undefined: the workflow ends here. */
  next?: string;
  /** ResultPath; undefined: the result is the next state's input. */
  result?: string | null;
}

const runId = { 'runId.$': '$$.Execution.Name' };
const checkpoint = { ...runId, 'step.$': '$.step', 'checkpoint.$': '$.checkpoint' };
const validateConfig = (input: string): ExpectedTask => ({
  fn: 'ValidateConfigFunction',
  payload: { ...runId, 'input.$': input },
  next: 'DownloadDataset',
});
const shardDataset = (next: string): ExpectedTask => ({
  fn: 'ShardDatasetFunction',
  payload: { 'dataset.$': '$.config.dataset' },
  next,
  result: '$.dataset',
});
const beginRun = {
  ...runId,
  'config.$': '$.config',
  'manifestSha256.$': '$.dataset.manifestSha256',
};
const COMMON: Record<string, ExpectedTask> = {
  DownloadFile: {
    fn: 'DownloadDatasetFunction',
    payload: { 'dataset.$': '$.dataset', 'file.$': '$.file' },
  },
  PromoteModel: { fn: 'PromoteModelFunction', payload: checkpoint },
  RecordFailure: {
    fn: 'RecordFailureFunction',
    payload: { ...runId, 'error.$': '$.error' },
    next: 'RunFailed',
    result: null,
  },
};

const MACHINES: Record<string, { output: string; tasks: Record<string, ExpectedTask>; choices: string[] }> = {
  Training: {
    output: OUTPUTS.stateMachine,
    choices: ['TrainingDone'],
    tasks: {
      ...COMMON,
      ValidateConfig: validateConfig('$$.Execution.Input'),
      ShardDataset: shardDataset('StartRun'),
      StartRun: { fn: 'StartRunFunction', payload: beginRun, next: 'TrainingDone' },
      TrainChunk: {
        fn: 'TrainChunkFunction',
        payload: { ...checkpoint, 'best.$': '$.best' },
        next: 'TrainingDone',
      },
    },
  },
  Import: {
    output: OUTPUTS.importStateMachine,
    choices: [],
    tasks: {
      ...COMMON,
      ValidateConfig: validateConfig('$$.Execution.Input.config'),
      ShardDataset: shardDataset('ImportModel'),
      ImportModel: {
        fn: 'ImportModelFunction',
        payload: { ...beginRun, 'weights.$': '$$.Execution.Input.weights' },
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

describe.each(Object.entries(MACHINES))('%s', (id, { output, tasks: expectedTasks, choices }) => {
  const machine = machineOf(id);
  const definition = JSON.parse(machine.properties.DefinitionString as string) as {
    StartAt: string;
    TimeoutSeconds: number;
    States: Record<string, State>;
  };
  const { States: states } = definition;
  const map = states.DownloadDataset!;
  const inner = (map.ItemProcessor as { States: Record<string, State> }).States;

  it('holds the states of the design and no others', () => {
    expect(definition.StartAt).toBe('ValidateConfig');
    const { DownloadFile, ...outer } = expectedTasks;
    const names = [...Object.keys(outer), ...choices, 'DownloadDataset', 'RunFailed'];
    expect(Object.keys(states).sort()).toEqual(names.sort());
    expect(Object.keys(inner)).toEqual(['DownloadFile']);
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
      // A file's errors are its Map's; a failure that can't be recorded ends the run all the same.
      const expected = { DownloadFile: undefined, RecordFailure: caught('RunFailed', '$.recordError') };
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
    expect(definition.TimeoutSeconds).toBe(86_400);
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
    const arns = Object.values(expectedTasks).flatMap(({ fn }) => [`<${fn}.Arn>`, `<${fn}.Arn>:*`]);
    expect(invocations).toEqual([
      { effect: 'Allow', actions: ['lambda:InvokeFunction'], resources: arns.sort() },
    ]);
    for (const { actions, resources: where } of statements) {
      if (actions.includes('lambda:InvokeFunction')) continue;
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
    Choices: [{ Variable: '$.done', BooleanEquals: true, Next: 'PromoteModel' }],
    Default: 'TrainChunk',
  });
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
  expect(stateMachines).toHaveLength(3);
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
