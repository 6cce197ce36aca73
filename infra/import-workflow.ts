/** The state machine that makes a model out of uploaded weights: evaluated and promoted like a trained one. */
import { DefinitionBody, JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { TrainingFunctions } from './training-functions.ts';
import { EXECUTION_NAME, WorkflowStates } from './workflow-states.ts';

/** Input: {config, weights}, the config as for training and the uploaded file with its SHA-256. */
export function importWorkflow(scope: Construct, functions: TrainingFunctions): DefinitionBody {
  const states = new WorkflowStates(scope, functions, { runId: EXECUTION_NAME });
  const { begin, end: shardDataset } = states.prepareDataset(JsonPath.objectAt('$$.Execution.Input.config'));
  const importModel = states.step('ImportModel', functions.importModel, {
    runId: EXECUTION_NAME,
    config: JsonPath.objectAt('$.config'),
    manifestSha256: JsonPath.stringAt('$.dataset.manifestSha256'),
    weights: JsonPath.objectAt('$$.Execution.Input.weights'),
  });
  shardDataset.next(importModel).next(states.promoteModel());
  return DefinitionBody.fromChainable(begin);
}
