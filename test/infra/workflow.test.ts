/** The state machine: order of states, retries, catches, timeouts, logging, and what it may call. */
import { createRequire } from 'node:module';
import { describe, expect, inject, it } from 'vitest';
import { OUTPUTS } from '../../functions/shared/contract.ts';
import { readAssembly } from '../../scripts/local/assembly.ts';
import { trainingStateMachineArn } from '../../scripts/local/connection.ts';
import { describeResources } from '../../scripts/local/resources.ts';
import { readable, resourcesOf, statementsOf, templates } from './templates.ts';

type State = Record<string, unknown> & { Type: string };
const template = templates().training!;
const resources = resourcesOf(template);
const machine = resources.find(
  ({ id, type }) => type === 'AWS::StepFunctions::StateMachine' && id === 'Training',
)!;
const definition = JSON.parse(machine.properties.DefinitionString as string) as {
  StartAt: string;
  TimeoutSeconds: number;
  States: Record<string, State>;
};
const { States: states } = definition;
const map = states.DownloadDataset!;
const downloadFile = (map.ItemProcessor as { States: Record<string, State> }).States.DownloadFile!;
const tasks: Record<string, State> = { ...states, DownloadFile: downloadFile };

/** Function, payload and next state of each task. */
const EXPECTED_TASKS: Record<
  string,
  { fn: string; payload: Record<string, string>; next?: string; result?: string | null }
> = {
  ValidateConfig: {
    fn: 'ValidateConfigFunction',
    payload: { 'runId.$': '$$.Execution.Name', 'input.$': '$$.Execution.Input' },
    next: 'DownloadDataset',
  },
  DownloadFile: {
    fn: 'DownloadDatasetFunction',
    payload: { 'dataset.$': '$.dataset', 'file.$': '$.file' },
  },
  ShardDataset: {
    fn: 'ShardDatasetFunction',
    payload: { 'dataset.$': '$.config.dataset' },
    next: 'StartRun',
    result: '$.dataset',
  },
  StartRun: {
    fn: 'StartRunFunction',
    payload: {
      'runId.$': '$$.Execution.Name',
      'config.$': '$.config',
      'manifestSha256.$': '$.dataset.manifestSha256',
    },
    next: 'TrainingDone',
  },
  TrainChunk: {
    fn: 'TrainChunkFunction',
    payload: {
      'runId.$': '$$.Execution.Name',
      'step.$': '$.step',
      'checkpoint.$': '$.checkpoint',
      'best.$': '$.best',
    },
    next: 'TrainingDone',
  },
  PromoteModel: {
    fn: 'PromoteModelFunction',
    payload: { 'runId.$': '$$.Execution.Name', 'step.$': '$.step', 'checkpoint.$': '$.checkpoint' },
  },
  RecordFailure: {
    fn: 'RecordFailureFunction',
    payload: { 'runId.$': '$$.Execution.Name', 'error.$': '$.error' },
    next: 'RunFailed',
    result: null,
  },
};

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

it('holds the states of the design and no others', () => {
  expect(definition.StartAt).toBe('ValidateConfig');
  expect(
    Object.entries(states)
      .map(([name, { Type }]) => `${name} ${Type}`)
      .sort(),
  ).toEqual([
    'DownloadDataset Map',
    'PromoteModel Task',
    'RecordFailure Task',
    'RunFailed Fail',
    'ShardDataset Task',
    'StartRun Task',
    'TrainChunk Task',
    'TrainingDone Choice',
    'ValidateConfig Task',
  ]);
});

describe.each(Object.entries(EXPECTED_TASKS))('%s', (name, { fn, payload, next, result }) => {
  const state = tasks[name]!;
  const timeout = resources.find(({ id }) => id === fn)!.properties.Timeout as number;

  it('calls its function with exactly what that reads', () => {
    expect(state).toMatchObject({ Type: 'Task', Resource: `<${fn}.Arn>` });
    expect(state.Parameters).toEqual(payload);
    expect(state.ResultPath).toEqual(result);
    expect(state).toMatchObject(next === undefined ? { End: true } : { Next: next });
  });

  it('is given up half a minute after the function would be', () => {
    expect(state.TimeoutSeconds).toBe(timeout + 30);
  });

  it('is tried again after trouble of the services only, with backoff and jitter', () => {
    expect(state.Retry).toEqual([SERVICE_RETRY]);
  });
});

it('every failure is recorded, and the run ends with its own error', () => {
  const toRecord = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'RecordFailure' }];
  for (const name of [
    'ValidateConfig',
    'DownloadDataset',
    'ShardDataset',
    'StartRun',
    'TrainChunk',
    'PromoteModel',
  ]) {
    expect(states[name]!.Catch, name).toEqual(toRecord);
  }
  // Its errors are the Map's.
  expect(downloadFile.Catch).toBeUndefined();
  expect(states.RecordFailure!.Catch).toEqual([
    { ErrorEquals: ['States.ALL'], ResultPath: '$.recordError', Next: 'RunFailed' },
  ]);
  expect(states.RunFailed).toEqual({ Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' });
});

it('downloads the files at once, inline, and keeps nothing of it in the state', () => {
  expect(map).toMatchObject({
    ItemsPath: '$.files',
    MaxConcurrency: 4,
    ResultPath: null,
    Next: 'ShardDataset',
    ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'DownloadFile' },
  });
});

it('trains until the run says that it is done', () => {
  expect(states.TrainingDone).toEqual({
    Type: 'Choice',
    Choices: [{ Variable: '$.done', BooleanEquals: true, Next: 'PromoteModel' }],
    Default: 'TrainChunk',
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
      Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: '<TrainingLogs.Arn>' } }],
    },
  });
});

it('may invoke its functions and nothing else', () => {
  const role = String(machine.properties.RoleArn).replace(/^<(.*)\.Arn>$/, '$1');
  const statements = statementsOf(role, resources);
  const invocations = statements.filter(({ actions }) => actions.includes('lambda:InvokeFunction'));
  const arns = Object.values(EXPECTED_TASKS).flatMap(({ fn }) => [`<${fn}.Arn>`, `<${fn}.Arn>:*`]);
  expect(invocations).toEqual([
    { effect: 'Allow', actions: ['lambda:InvokeFunction'], resources: arns.sort() },
  ]);
  const others = statements.filter((statement) => !invocations.includes(statement));
  for (const { actions, resources: where } of others) {
    // Log delivery and traces know no resources.
    expect(where).toEqual(['*']);
    for (const action of actions)
      expect(action).toMatch(/^(logs:\w*(LogDeliver|LogGroups|ResourcePolic)\w*|xray:\w+)$/);
  }
  const { properties } = resources.find(({ id, type }) => type === 'AWS::IAM::Role' && id === role)!;
  expect(properties.AssumeRolePolicyDocument).toMatchObject({
    Statement: [
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' } },
    ],
  });
  expect(properties).not.toHaveProperty('ManagedPolicyArns');
});

it('is valid by the schema of the States Language, its paths and ARNs included', () => {
  const validate = createRequire(import.meta.url)('asl-validator') as (
    definition: unknown,
    options: { checkPaths: boolean; checkArn: boolean },
  ) => { isValid: boolean; errorsText(): string };
  const { stateMachines, outputs } = describeResources(readAssembly(inject('assembly')), {
    parameters: {},
    endpoint: 'http://127.0.0.1:3000',
  });
  const training = stateMachines.find(({ arn }) => arn === trainingStateMachineArn(outputs))!;
  const options = { checkPaths: true, checkArn: true };
  const result = validate(training.definition, options);
  expect(result.errorsText()).toBe('');
  expect(result.isValid).toBe(true);
  const broken = structuredClone(training.definition) as { States: Record<string, State> };
  broken.States.TrainChunk!.Next = 'Nowhere';
  expect(validate(broken, options).isValid).toBe(false);
});

it('stands in the outputs, with the bucket', () => {
  expect(readable(template.Outputs)).toMatchObject({
    [OUTPUTS.stateMachine]: { Value: '<Training>' },
    [OUTPUTS.bucket]: { Value: '<Bucket>' },
  });
});

it('takes other mirrors by parameter, the catalogue by default', () => {
  expect(template.Parameters?.DatasetMirrors).toMatchObject({ Type: 'String', Default: '' });
});
