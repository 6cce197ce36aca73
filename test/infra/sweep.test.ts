/** The state machine of sweeps: its states, what its Map reads and tolerates, and what it may do. */
import { describe, expect, it } from 'vitest';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { resourcesOf, statementsOf, templates } from './templates.ts';

type State = Record<string, unknown> & { Type: string };
interface Definition {
  StartAt: string;
  TimeoutSeconds: number;
  States: Record<string, State>;
}

const { sweep, training } = templates();
const resources = resourcesOf(sweep!);
const machineIn = (template: typeof sweep, id: string) =>
  resourcesOf(template!).find(
    (resource) => resource.type === 'AWS::StepFunctions::StateMachine' && resource.id === id,
  )!;
const definitionOf = (template: typeof sweep, id: string) =>
  JSON.parse(machineIn(template, id).properties.DefinitionString as string) as Definition;
const machine = machineIn(sweep, 'Sweep');
const definition = definitionOf(sweep, 'Sweep');
const { TrainRuns, ...outer } = definition.States;
const { States: inner, ...processor } = TrainRuns!.ItemProcessor as { States: Record<string, State> };

it('is one, logged and traced, whose ARN is an output', () => {
  expect(resources.filter(({ type }) => type === 'AWS::StepFunctions::StateMachine')).toHaveLength(1);
  expect(machine.properties).toMatchObject({
    StateMachineType: 'STANDARD',
    LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
    TracingConfiguration: { Enabled: true },
  });
  expect(definition.TimeoutSeconds).toBe(14 * 86_400);
  expect(Object.keys(sweep!.Outputs!)).toEqual(expect.arrayContaining([OUTPUTS.sweepStateMachine]));
});

describe('its states', () => {
  it('plan, fetch the dataset once, and go round the rungs until the best is promoted', () => {
    expect(definition.StartAt).toBe('PlanSweep');
    const next = Object.fromEntries(Object.entries(outer).map(([name, { Next }]) => [name, Next]));
    expect(next).toEqual({
      PlanSweep: 'DownloadDataset',
      DownloadDataset: 'ShardDataset',
      ShardDataset: 'TrainRuns',
      CollectSweep: 'SweepDone',
      SweepDone: undefined,
      PromoteBest: undefined,
    });
    expect(TrainRuns!.Next).toBe('CollectSweep');
    expect(outer.SweepDone).toEqual({
      Type: 'Choice',
      Choices: [{ Variable: '$.rung.done', BooleanEquals: true, Next: 'PromoteBest' }],
      Default: 'TrainRuns',
    });
    expect(outer.PromoteBest!.End).toBe(true);
  });

  it('call their functions with exactly what those read', () => {
    const calls = Object.fromEntries(
      Object.entries(outer).flatMap(([name, { Resource, Parameters, ResultPath }]) =>
        Resource === undefined ? [] : [[name, [Resource, Parameters, ResultPath]]],
      ),
    );
    const checkpoint = { 'step.$': '$.rung.best.step', 'checkpoint.$': '$.rung.best.checkpoint' };
    expect(calls).toEqual({
      PlanSweep: [
        '<PlanSweepFunction.Arn>',
        { 'sweepId.$': '$$.Execution.Name', 'input.$': '$$.Execution.Input' },
        undefined,
      ],
      ShardDataset: ['<ShardDatasetFunction.Arn>', { 'dataset.$': '$.config.dataset' }, '$.dataset'],
      CollectSweep: [
        '<CollectSweepFunction.Arn>',
        { 'sweepId.$': '$.sweepId', 'rung.$': '$.rung.rung' },
        '$.rung',
      ],
      PromoteBest: [
        '<PromoteModelFunction.Arn>',
        {
          'runId.$': '$.rung.best.runId',
          ...checkpoint,
          'stopped.$': '$.rung.best.stopped',
          'sweep.$': '$.sweepId',
        },
        undefined,
      ],
    });
  });
});

describe('its Map', () => {
  it('goes through the runs of the rung, few at a time, as standard workflows, whoever fails', () => {
    expect(TrainRuns).toMatchObject({
      Type: 'Map',
      MaxConcurrency: 5,
      ToleratedFailurePercentage: 100,
      ResultPath: null,
      ItemReader: {
        Resource: 'arn:<AWS::Partition>:states:::s3:getObject',
        ReaderConfig: { InputType: 'JSON' },
        Parameters: { Bucket: '<Bucket>', 'Key.$': '$.rung.runsKey' },
      },
      ItemSelector: {
        'runId.$': '$$.Map.Item.Value.runId',
        'config.$': '$$.Map.Item.Value.config',
        'sweep.$': '$$.Map.Item.Value.sweep',
        'continueFrom.$': '$$.Map.Item.Value.continueFrom',
        'dataset.$': '$.dataset',
      },
    });
    expect(processor).toEqual({
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'StartRun',
    });
  });

  it('trains as the training workflow does, but for the names of the runs and for going on elsewhere', () => {
    const { States: own } = definitionOf(training, 'Training');
    const rename = (state: State) => {
      const { Parameters = {}, ...rest } = state;
      const { 'executionName.$': name, 'runId.$': id, ...others } = Parameters as Record<string, unknown>;
      return { ...rest, Parameters: others };
    };
    for (const name of ['TrainChunk', 'PromoteModel', 'RecordFailure', 'RunFailed']) {
      expect(rename(inner[name]!), name).toEqual(rename(own[name]!));
      expect(JSON.stringify(inner[name])).not.toContain('$$.');
    }
    expect(inner.StartRun).toEqual({
      ...own.StartRun,
      Parameters: {
        'runId.$': '$.runId',
        'executionName.$': '$.runId',
        'sweep.$': '$.sweep',
        'continueFrom.$': '$.continueFrom',
        'config.$': '$.config',
        'manifestSha256.$': '$.dataset.manifestSha256',
      },
    });
    // Without workers, whose rounds are a Map of their own.
    expect(inner.TrainingDone).toEqual({
      Type: 'Choice',
      Choices: [
        { Variable: '$.done', BooleanEquals: true, Next: 'PromoteModel' },
        { Variable: '$.loop.turnsLeft', NumericLessThanEquals: 0, Next: 'RunTooLong' },
      ],
      Default: 'TrainChunk',
    });
    expect(inner.RunTooLong).toMatchObject({
      Type: 'Pass',
      Parameters: { 'runId.$': '$.runId', error: { Error: 'RunTooLongError' } },
      Next: 'RecordFailure',
    });
  });
});

it('may read the runs, run its functions and its own children, and nothing else', () => {
  const statements = statementsOf('SweepRole', resources).filter(({ resources: [on] }) => on !== '*');
  const actions = Object.fromEntries(statements.map((s) => [s.actions.join(), s.resources]));
  expect(Object.keys(actions).sort()).toEqual([
    'lambda:InvokeFunction',
    's3:GetObject',
    'states:DescribeExecution,states:StopExecution',
    'states:RedriveExecution',
    'states:StartExecution',
  ]);
  expect(actions['s3:GetObject']).toEqual(['<Bucket.Arn>/sweeps/*/runs/*']);
  expect(actions['states:StartExecution']).toEqual(['<Sweep>']);
  const functions = [
    'PlanSweep',
    'CollectSweep',
    'DownloadDataset',
    'ShardDataset',
    'StartRun',
    'TrainChunk',
  ];
  expect(actions['lambda:InvokeFunction']!.toSorted()).toEqual(
    [...functions, 'PromoteModel', 'RecordFailure'].map((fn) => `<${fn}Function.Arn>`).sort(),
  );
});
