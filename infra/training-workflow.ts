/** The training state machine's states and how they follow each other. */
import { Choice, Condition, DefinitionBody, JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { TrainingFunctions } from './training-functions.ts';
import { CHECKPOINT, EXECUTION_NAME, WorkflowStates } from './workflow-states.ts';

/** An execution is called like its run; one that goes on with it has a dot and a number behind that. */
const RUN_ID = JsonPath.arrayGetItem(JsonPath.stringSplit(EXECUTION_NAME, '.'), 0);

/** States pass keys and numbers, never weights. */
export function trainingWorkflow(scope: Construct, functions: TrainingFunctions): DefinitionBody {
  const states = new WorkflowStates(scope, functions, { runId: RUN_ID, executionName: EXECUTION_NAME });
  const { begin, end: shardDataset } = states.prepareDataset(JsonPath.objectAt('$$.Execution.Input'));
  const startRun = states.step('StartRun', functions.startRun, {
    runId: RUN_ID,
    executionName: EXECUTION_NAME,
    config: JsonPath.objectAt('$.config'),
    manifestSha256: JsonPath.stringAt('$.dataset.manifestSha256'),
  });
  const trainChunk = states.step('TrainChunk', functions.trainChunk, {
    runId: RUN_ID,
    ...CHECKPOINT,
    best: JsonPath.objectAt('$.best'),
    runDollars: JsonPath.numberAt('$.runDollars'),
    loop: JsonPath.objectAt('$.loop'),
  });
  const trainingDone = new Choice(scope, 'TrainingDone')
    .when(Condition.booleanEquals('$.done', true), states.promoteModel())
    // Before the history is full, another execution takes the run over.
    .when(Condition.numberLessThanEquals('$.loop.turnsLeft', 0), states.continueRun())
    .otherwise(trainChunk);
  trainChunk.next(trainingDone);

  // A resumed run may be done already: the choice comes before the first chunk, too.
  shardDataset.next(startRun).next(trainingDone);
  return DefinitionBody.fromChainable(begin);
}
