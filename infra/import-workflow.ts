/** The state machine that makes a model out of uploaded weights: evaluated and promoted like a trained one. */
import { DefinitionBody, JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { TrainingFunctions } from './training-functions.ts';
import { CHECKPOINT_OF_RUN, RUN_ID, WorkflowStates } from './workflow-states.ts';

/** Input: {config, weights}, the config as for training and the uploaded file with its SHA-256. */
export function importWorkflow(scope: Construct, functions: TrainingFunctions): DefinitionBody {
  const states = new WorkflowStates(scope, functions);
  const { begin, end: shardDataset } = states.prepareDataset(JsonPath.objectAt('$$.Execution.Input.config'));
  const importModel = states.step('ImportModel', functions.importModel, {
    runId: RUN_ID,
    config: JsonPath.objectAt('$.config'),
    manifestSha256: JsonPath.stringAt('$.dataset.manifestSha256'),
    weights: JsonPath.objectAt('$$.Execution.Input.weights'),
  });
  shardDataset.next(importModel).next(states.step('PromoteModel', functions.promoteModel, CHECKPOINT_OF_RUN));
  return DefinitionBody.fromChainable(begin);
}
