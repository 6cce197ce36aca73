/** The states of the state machines that train and that import, and how they follow each other. */
import {
  Choice,
  Condition,
  DefinitionBody,
  type IChainable,
  JsonPath,
  type TaskStateBase,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { TrainingFunctions } from './training-functions.ts';
import { CHECKPOINT, EXECUTION_NAME, WorkflowStates } from './workflow-states.ts';

/** An execution is called like its run; one that goes on with it has a dot and a number behind that. */
const RUN_ID = JsonPath.arrayGetItem(JsonPath.stringSplit(EXECUTION_NAME, '.'), 0);

/** States pass keys and numbers, never weights. */
export function trainingWorkflow(
  scope: Construct,
  functions: TrainingFunctions,
  workersAtOnce: number,
): DefinitionBody {
  const run = { runId: RUN_ID, executionName: EXECUTION_NAME };
  const states = new WorkflowStates(scope, functions, run);
  const { begin, end: shardDataset } = states.prepareDataset(JsonPath.objectAt('$$.Execution.Input'));
  // Before the history is full, another execution takes the run over.
  const outOfTurns = states.continueRun();
  shardDataset.next(runStates(scope, functions, { states, run, outOfTurns, workersAtOnce }));
  return DefinitionBody.fromChainable(begin);
}

/**
 * A run from StartRun to its end; the state before holds $.config and $.dataset.manifestSha256.
 *
 * @param of.run how StartRun gets to know the run, as far as its config doesn't say it
 * @param of.outOfTurns what comes where the execution has no room for another chunk
 * @param of.workersAtOnce of a data-parallel run; without it there are chunks alone
 */
export function runStates(
  scope: Construct,
  functions: TrainingFunctions,
  of: {
    states: WorkflowStates;
    run: { runId: string } & Record<string, unknown>;
    outOfTurns: IChainable;
    workersAtOnce?: number;
  },
): TaskStateBase {
  const { states, run, outOfTurns, workersAtOnce } = of;
  const retries = JsonPath.numberAt('$$.State.RetryCount');
  const startRun = states.step('StartRun', functions.startRun, {
    ...run,
    config: JsonPath.objectAt('$.config'),
    manifestSha256: JsonPath.stringAt('$.dataset.manifestSha256'),
    retries,
  });
  const turn = {
    runId: run.runId,
    ...CHECKPOINT,
    best: JsonPath.objectAt('$.best'),
    runDollars: JsonPath.numberAt('$.runDollars'),
    loop: JsonPath.objectAt('$.loop'),
    retries,
  };
  const trainChunk = states.step('TrainChunk', functions.trainChunk, turn);
  const trainingDone = new Choice(scope, 'TrainingDone')
    .when(Condition.booleanEquals('$.done', true), states.promoteModel())
    .when(Condition.numberLessThanEquals('$.loop.turnsLeft', 0), outOfTurns);
  trainChunk.next(trainingDone);
  if (workersAtOnce !== undefined) {
    const reduceRound = states.step('ReduceRound', functions.reduceRound, {
      ...turn,
      results: JsonPath.objectAt('$.results'),
    });
    const trainRound = states.trainRound(workersAtOnce);
    trainRound.next(reduceRound).next(trainingDone);
    // A data-parallel run says which parts its next round has.
    trainingDone.when(Condition.isPresent('$.parts'), trainRound);
  }
  trainingDone.otherwise(trainChunk);
  // A resumed run may be done already: the choice comes before the first chunk, too.
  startRun.next(trainingDone);
  return startRun;
}

/**
 * Makes a model out of uploaded weights, which is evaluated and promoted like a trained one.
 *
 * Input: {config, weights}, the config as for training and the uploaded file with its SHA-256.
 */
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
