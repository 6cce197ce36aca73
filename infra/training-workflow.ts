/** The training state machine's states and how they follow each other. */
import { Choice, Condition, DefinitionBody, JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { TrainingFunctions } from './training-functions.ts';
import { CHECKPOINT_OF_RUN, RUN_ID, WorkflowStates } from './workflow-states.ts';

/** States pass keys and numbers, never weights. */
export function trainingWorkflow(scope: Construct, functions: TrainingFunctions): DefinitionBody {
  const states = new WorkflowStates(scope, functions);
  const { begin, end: shardDataset } = states.prepareDataset(JsonPath.objectAt('$$.Execution.Input'));
  const startRun = states.step('StartRun', functions.startRun, {
    runId: RUN_ID,
    config: JsonPath.objectAt('$.config'),
    manifestSha256: JsonPath.stringAt('$.dataset.manifestSha256'),
  });
  const trainChunk = states.step('TrainChunk', functions.trainChunk, {
    ...CHECKPOINT_OF_RUN,
    best: JsonPath.objectAt('$.best'),
  });
  const promoteModel = states.step('PromoteModel', functions.promoteModel, CHECKPOINT_OF_RUN);
  const trainingDone = new Choice(scope, 'TrainingDone')
    .when(Condition.booleanEquals('$.done', true), promoteModel)
    .otherwise(trainChunk);
  trainChunk.next(trainingDone);

  // A resumed run may be done already: the choice comes before the first chunk, too.
  shardDataset.next(startRun).next(trainingDone);
  return DefinitionBody.fromChainable(begin);
}
