/**
 * The state machines: what is tried again, what is caught, when a state is given up, how many run at a time, and what a
 * machine may call. Which state follows which, and what each hands on, shows when they run: test/scripts/cloud.
 */
import { describe, expect, it } from 'vitest';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { allResources, readable, resourcesOf, statementsOf, templates } from './templates.ts';

interface State extends Record<string, unknown> {
  Type: string;
  Retry?: { MaxAttempts: number; ErrorEquals: string[] }[];
}
type States = Record<string, State>;

const DAY = 86_400;
/** Of each machine: its output, how long it may take, what is logged, and what it may read of the bucket. */
const MACHINES = {
  Training: { stack: 'training', output: OUTPUTS.stateMachine, seconds: 14 * DAY, level: 'ERROR' },
  Import: { stack: 'training', output: OUTPUTS.importStateMachine, seconds: 14 * DAY, level: 'ERROR' },
  Batch: {
    stack: 'batch',
    output: OUTPUTS.batchStateMachine,
    seconds: DAY,
    level: 'ERROR',
    reads: 'batches/*/parts.json',
    writes: 'map-runs/batches/*',
  },
  Sweep: {
    stack: 'sweep',
    output: OUTPUTS.sweepStateMachine,
    seconds: 14 * DAY,
    level: 'ERROR',
    reads: 'sweeps/*/runs/*',
    writes: 'map-runs/sweeps/*',
  },
} as const;
/** Results of any size leave the state through the bucket. */
const resultsIn = (prefix: string) => ({
  Resource: 'arn:<AWS::Partition>:states:::s3:putObject',
  Parameters: { Bucket: '<Bucket>', 'Prefix.$': `States.Format('${prefix}', $$.Execution.Name)` },
});
/** Of each Map: how many run at a time, as what, and where their results go, if not into the state. */
const MAPS: Record<string, object> = {
  TrainRound: { MaxConcurrency: 8, mode: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
  PredictParts: {
    MaxConcurrency: 5,
    mode: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    ResultWriter: resultsIn('map-runs/batches/{}'),
  },
  TrainRuns: {
    MaxConcurrency: 5,
    mode: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    ToleratedFailurePercentage: 100,
    ResultWriter: resultsIn('map-runs/sweeps/{}'),
  },
};
/** Files that are left are the next attempt's. */
const DOWNLOAD_RETRY = {
  ErrorEquals: ['DownloadUnfinishedError'],
  IntervalSeconds: 1,
  MaxAttempts: 8,
  BackoffRate: 1,
};
/** Trouble of the services; an error of ours would be the same again. */
const SERVICE_RETRY = {
  ErrorEquals: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
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
/** The account's concurrency is used up: how often that is tried again depends on whose history keeps it. */
const throttleRetry = (MaxAttempts: number) => ({
  ErrorEquals: ['Lambda.TooManyRequestsException'],
  IntervalSeconds: 2,
  MaxAttempts,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
});

const everything = allResources();
const ofType = (type: string) => everything.filter((resource) => resource.type === type);
const timeoutOf = (fn: string) =>
  ofType('AWS::Lambda::Function').find(({ id }) => id === fn)!.properties.Timeout as number;

const innerOf = (state: State) => (state.ItemProcessor as { States: States } | undefined)?.States ?? {};
/** All states of a machine, those inside of Maps too. */
const allStates = (states: States): [string, State][] =>
  Object.entries(states).flatMap(([name, state]) => [[name, state], ...allStates(innerOf(state))]);
/** Names of the states in executions of their own. */
const childStates = (states: States): string[] =>
  Object.values(states)
    .filter(({ ItemProcessor }) => JSON.stringify(ItemProcessor)?.includes('"DISTRIBUTED"'))
    .flatMap((map) => Object.keys(innerOf(map)));

function definitionOf(id: keyof typeof MACHINES): { TimeoutSeconds: number; States: States } {
  const machine = ofType('AWS::StepFunctions::StateMachine').find((resource) => resource.id === id)!;
  return JSON.parse(machine.properties.DefinitionString as string);
}

it('are those four', () => {
  const ids = ofType('AWS::StepFunctions::StateMachine').map(({ id }) => id);
  expect(ids.sort()).toEqual(Object.keys(MACHINES).sort());
});

describe.each(Object.keys(MACHINES) as (keyof typeof MACHINES)[])('%s', (id) => {
  const { stack, output, seconds, level, ...more } = MACHINES[id];
  const template = templates()[stack]!;
  const resources = resourcesOf(template);
  const { properties } = resources.find(
    (resource) => resource.type === 'AWS::StepFunctions::StateMachine' && resource.id === id,
  )!;
  const definition = definitionOf(id);
  const states = allStates(definition.States);
  const role = String(properties.RoleArn).replace(/^<(.*)\.Arn>$/, '$1');
  /** Names of the functions that its tasks call. */
  const called = new Map(
    states.flatMap(([name, { Resource }]) => {
      const fn = /^<(\w+)\.Arn>$/.exec(String(Resource))?.[1];
      return fn === undefined ? [] : [[name, fn]];
    }),
  );

  it('is a standard machine with a timeout, tracing and a log without data, whose ARN is an output', () => {
    expect(definition.TimeoutSeconds).toBe(seconds);
    expect(properties).toMatchObject({
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: {
        Level: level,
        IncludeExecutionData: false,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: `<${id}Logs.Arn>` } }],
      },
    });
    expect(readable(template.Outputs)).toMatchObject({ [output]: { Value: `<${id}>` } });
  });

  it('tries each function again after throttles and trouble of the services only, and gives it up half a minute late', () => {
    expect(called.size).toBeGreaterThan(2);
    for (const [name, state] of states) {
      const fn = called.get(name);
      if (fn === undefined) continue;
      const isChild = childStates(definition.States).includes(name);
      const more = name === 'DownloadDataset' ? [DOWNLOAD_RETRY] : [];
      expect(state.Retry, name).toEqual([throttleRetry(isChild ? 400 : 140), SERVICE_RETRY, ...more]);
      expect(state.TimeoutSeconds, name).toBe(timeoutOf(fn) + 30);
    }
  });

  it('records the failure of every state of a run, and ends with that error', () => {
    const caught = (Next: string, ResultPath = '$.error') => [
      { ErrorEquals: ['States.ALL'], ResultPath, Next },
    ];
    const ofRun = id === 'Sweep' ? innerOf(definition.States.TrainRuns!) : definition.States;
    if (!('RunFailed' in ofRun)) return expect(id).toBe('Batch');
    // A failure that can't be recorded ends the run all the same.
    expect(ofRun.RecordFailure).toMatchObject({ Catch: caught('RunFailed', '$.recordError') });
    expect(ofRun.RunFailed).toEqual({
      Type: 'Fail',
      ErrorPath: '$.error.Error',
      CausePath: '$.error.Cause',
    });
    for (const [name, { Type, Catch }] of Object.entries(ofRun)) {
      if (!['Task', 'Map'].includes(Type) || name === 'RecordFailure') continue;
      const unfinished = {
        ErrorEquals: ['DownloadUnfinishedError'],
        ResultPath: null,
        Next: 'DownloadDataset',
      };
      const before = name === 'ShardDataset' ? [unfinished] : [];
      expect(Catch, name).toEqual([...before, ...caught('RecordFailure')]);
    }
  });

  it('runs as many at a time as are meant to', () => {
    for (const [name, state] of states.filter(([, { Type }]) => Type === 'Map')) {
      const { MaxConcurrency, ToleratedFailurePercentage, ResultWriter, ItemProcessor } = state;
      const mode = (ItemProcessor as { ProcessorConfig: object }).ProcessorConfig;
      expect({ MaxConcurrency, ToleratedFailurePercentage, ResultWriter, mode }, name).toEqual(MAPS[name]);
    }
  });

  it('may invoke its functions, read the items of its Map and write its results, and start and end executions of itself', () => {
    const granted = statementsOf(role, resources);
    const of = (service: string) =>
      granted.filter(({ actions }) => actions.every((action) => action.startsWith(service)));
    expect(of('lambda:')).toEqual([
      {
        effect: 'Allow',
        actions: ['lambda:InvokeFunction'],
        resources: [...new Set(called.values())].map((fn) => `<${fn}.Arn>`).sort(),
      },
    ]);
    const keys = of('s3:').map(({ actions, resources: on }) => [...actions, ...on]);
    // Large files of results are uploaded in parts.
    const upload = ['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'];
    const ofMap = 'reads' in more && [
      [...upload, `<Bucket.Arn>/${more.writes}/*`],
      ['s3:GetObject', `<Bucket.Arn>/${more.reads}`],
    ];
    expect(keys).toEqual(ofMap || []);
    for (const { actions, resources: on } of of('states:')) {
      const name = actions.join();
      const own = name === 'states:StartExecution' ? `^<${id}>$` : `:execution:.*<${id}>.*:\\*$`;
      expect([name, on]).toEqual([
        expect.stringMatching(/^states:(StartExecution|DescribeExecution,states:Stop\w+|RedriveExecution)$/),
        [expect.stringMatching(new RegExp(own))],
      ]);
    }
    expect(of('states:').length > 0).toBe(id !== 'Import');
    // Log delivery and traces know no resources.
    const others = granted.filter(({ actions }) => !/^(lambda|s3|states):/.test(actions[0]!));
    for (const { actions, resources: on } of others) {
      expect(on).toEqual(['*']);
      for (const action of actions)
        expect(action).toMatch(/^(logs:\w*(LogDeliver|LogGroups|ResourcePolic)\w*|xray:\w+)$/);
    }
    const trust = resources.find(({ id: name, type }) => type === 'AWS::IAM::Role' && name === role)!;
    expect(trust.properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' } },
      ],
    });
    expect(trust.properties).not.toHaveProperty('ManagedPolicyArns');
  });
});

it('a sweep trains as the training workflow does, but for the names of the runs, its patience and going on elsewhere', () => {
  const { States: own } = definitionOf('Training');
  const inner = innerOf(definitionOf('Sweep').States.TrainRuns!);
  const rename = ({ Parameters = {}, Retry, ...rest }: State) => {
    const { 'executionName.$': name, 'runId.$': id, ...others } = Parameters as Record<string, unknown>;
    return { ...rest, Parameters: others };
  };
  for (const name of ['TrainChunk', 'PromoteModel', 'RecordFailure', 'RunFailed']) {
    expect(rename(inner[name]!), name).toEqual(rename(own[name]!));
    expect(JSON.stringify(inner[name])).not.toMatch(/\$\$\.(?!State\.RetryCount)/);
  }
  // An execution of a Map can't go on in another one.
  expect(inner.TrainingDone!.Choices).toContainEqual({
    Variable: '$.loop.turnsLeft',
    NumericLessThanEquals: 0,
    Next: 'RunTooLong',
  });
  expect(inner.RunTooLong).toMatchObject({
    Parameters: { 'runId.$': '$.runId', error: { Error: 'RunTooLongError' } },
    Next: 'RecordFailure',
  });
});

it('a run that goes on in another execution tries to start that again', () => {
  expect(definitionOf('Training').States.ContinueRun).toMatchObject({
    TimeoutSeconds: 60,
    Retry: [{ ...SERVICE_RETRY, ErrorEquals: ['States.TaskFailed', 'States.Timeout'] }],
  });
});

it('the bucket stands in the outputs, and other mirrors may be given as a parameter', () => {
  const { Outputs, Parameters } = templates().training!;
  expect(readable(Outputs)).toMatchObject({ [OUTPUTS.bucket]: { Value: '<Bucket>' } });
  expect(Parameters?.DatasetMirrors).toMatchObject({ Type: 'String', Default: '' });
  const access = { Type: 'String', Default: 'public', AllowedValues: ['public', 'any'] };
  expect(Parameters?.MirrorAccess).toMatchObject(access);
});
