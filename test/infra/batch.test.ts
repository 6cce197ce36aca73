/** The state machine of batches: its states, what its Map reads, and what it may do. */
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { resourcesOf, statementsOf, templates } from './templates.ts';

type State = Record<string, unknown> & { Type: string };

const template = templates().batch!;
const resources = resourcesOf(template);
const machines = resources.filter(({ type }) => type === 'AWS::StepFunctions::StateMachine');
const definition = JSON.parse(machines[0]!.properties.DefinitionString as string) as {
  StartAt: string;
  States: Record<string, State>;
};
const { PlanBatch, PredictParts, CollectBatch } = definition.States as Record<string, State>;

it('is one, logged and traced, whose ARN is an output', () => {
  expect(machines).toHaveLength(1);
  expect(machines[0]!.properties).toMatchObject({
    StateMachineType: 'STANDARD',
    LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
    TracingConfiguration: { Enabled: true },
  });
  expect(Object.keys(template.Outputs!)).toEqual(expect.arrayContaining([OUTPUTS.batchStateMachine]));
});

it('is valid by the language and ends with the summary', () => {
  const validate = createRequire(import.meta.url)('asl-validator') as (json: unknown) => { isValid: boolean };
  // References are not ARNs yet.
  const text = JSON.stringify(definition).replaceAll(
    /<[A-Z]\w+\.Arn>/g,
    'arn:aws:lambda:eu-central-1:1:function:f',
  );
  expect(validate(JSON.parse(text.replaceAll('<AWS::Partition>', 'aws')))).toMatchObject({ isValid: true });
  expect(definition.StartAt).toBe('PlanBatch');
  expect(PlanBatch).toMatchObject({
    Resource: '<PlanBatchFunction.Arn>',
    Parameters: { 'batchId.$': '$$.Execution.Name', 'input.$': '$$.Execution.Input' },
    Next: 'PredictParts',
  });
  expect(CollectBatch).toMatchObject({
    Resource: '<CollectBatchFunction.Arn>',
    Parameters: { 'batchId.$': '$.batchId' },
    End: true,
  });
});

it('goes through the parts in the bucket, few at a time, as express workflows, and keeps no results', () => {
  expect(PredictParts).toMatchObject({
    Type: 'Map',
    MaxConcurrency: 5,
    ResultPath: null,
    Next: 'CollectBatch',
    ItemReader: {
      Resource: 'arn:<AWS::Partition>:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Parameters: { Bucket: '<Bucket>', 'Key.$': '$.partsKey' },
    },
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' } },
  });
  const { PredictPart } = (PredictParts!.ItemProcessor as { States: Record<string, State> }).States;
  expect(PredictPart!.Resource).toBe('<PredictPartFunction.Arn>');
  // An express workflow has five minutes.
  expect(PredictPart!.TimeoutSeconds).toBeLessThan(300);
  for (const state of [PlanBatch, PredictPart, CollectBatch]) {
    expect((state!.Retry as { ErrorEquals: string[] }[])[0]!.ErrorEquals).toContain(
      'StorageUnavailableError',
    );
  }
});

it('may read parts, run its functions and its own children, and nothing else', () => {
  const statements = statementsOf('BatchRole', resources).filter(({ resources: [on] }) => on !== '*');
  const actions = Object.fromEntries(statements.map((s) => [s.actions.join(), s.resources]));
  expect(Object.keys(actions).sort()).toEqual([
    'lambda:InvokeFunction',
    's3:GetObject',
    'states:DescribeExecution,states:StopExecution',
    'states:RedriveExecution',
    'states:StartExecution',
  ]);
  expect(actions['s3:GetObject']).toEqual(['<Bucket.Arn>/batches/*/parts.json']);
  expect(actions['states:StartExecution']).toEqual(['<Batch>']);
  expect(actions['lambda:InvokeFunction']).toEqual(
    ['CollectBatch', 'PlanBatch', 'PredictPart'].map((fn) => `<${fn}Function.Arn>`),
  );
});
