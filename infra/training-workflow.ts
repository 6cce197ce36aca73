/** The training state machine's states and how they follow each other. */
import { Duration } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  JsonPath,
  Map as MapState,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { SERVICE_RETRY } from './retries.ts';
import type { StepnetFunction } from './stepnet-function.ts';
import type { TrainingFunctions } from './training-functions.ts';

/** Files downloaded at once; MNIST has four. */
const DOWNLOADS_AT_ONCE = 4;
/** A task is given up a little after its function would be: the function's own timeout is the better error. */
const TASK_GRACE = Duration.seconds(30);

/** States pass keys and numbers, never weights. */
export function trainingWorkflow(scope: Construct, functions: TrainingFunctions): DefinitionBody {
  const failed = new Fail(scope, 'RunFailed', {
    errorPath: JsonPath.stringAt('$.error.Error'),
    causePath: JsonPath.stringAt('$.error.Cause'),
  });

  /** One function as a state: the payload it gets and where in the state its result goes. */
  const task = (id: string, fn: StepnetFunction, payload: Record<string, unknown>, resultPath?: string) => {
    const state = new LambdaInvoke(scope, id, {
      lambdaFunction: fn,
      // The function's result itself is the task's result, and the resource is its plain ARN.
      payloadResponseOnly: true,
      payload: TaskInput.fromObject(payload),
      ...(resultPath === undefined ? {} : { resultPath }),
      retryOnServiceExceptions: false,
      taskTimeout: Timeout.duration(fn.timeout!.plus(TASK_GRACE)),
    });
    return state.addRetry(SERVICE_RETRY);
  };
  const at = JsonPath.stringAt;
  const runId = at('$$.Execution.Name');

  const recordFailure = task(
    'RecordFailure',
    functions.recordFailure,
    { runId, error: JsonPath.objectAt('$.error') },
    JsonPath.DISCARD,
  );
  // Even when the failure can't be written down, the run ends with its own error.
  recordFailure.addCatch(failed, { resultPath: '$.recordError' });
  recordFailure.next(failed);
  const onFailure = { resultPath: '$.error' };

  const validateConfig = task('ValidateConfig', functions.validateConfig, {
    runId,
    input: JsonPath.objectAt('$$.Execution.Input'),
  }).addCatch(recordFailure, onFailure);

  const downloadFile = task('DownloadFile', functions.downloadDataset, {
    dataset: at('$.dataset'),
    file: at('$.file'),
  });
  const downloadDataset = new MapState(scope, 'DownloadDataset', {
    itemsPath: '$.files',
    maxConcurrency: DOWNLOADS_AT_ONCE,
    resultPath: JsonPath.DISCARD,
  })
    .itemProcessor(downloadFile)
    .addCatch(recordFailure, onFailure);

  const shardDataset = task(
    'ShardDataset',
    functions.shardDataset,
    { dataset: at('$.config.dataset') },
    '$.dataset',
  ).addCatch(recordFailure, onFailure);

  const startRun = task('StartRun', functions.startRun, {
    runId,
    config: JsonPath.objectAt('$.config'),
    manifestSha256: at('$.dataset.manifestSha256'),
  }).addCatch(recordFailure, onFailure);

  const checkpointOfRun = {
    runId,
    step: JsonPath.numberAt('$.step'),
    checkpoint: JsonPath.objectAt('$.checkpoint'),
  };
  const trainChunk = task('TrainChunk', functions.trainChunk, {
    ...checkpointOfRun,
    best: JsonPath.objectAt('$.best'),
  }).addCatch(recordFailure, onFailure);
  const promoteModel = task('PromoteModel', functions.promoteModel, checkpointOfRun).addCatch(
    recordFailure,
    onFailure,
  );
  const trainingDone = new Choice(scope, 'TrainingDone')
    .when(Condition.booleanEquals('$.done', true), promoteModel)
    .otherwise(trainChunk);
  trainChunk.next(trainingDone);

  // A resumed run may be done already: the choice comes before the first chunk, too.
  return DefinitionBody.fromChainable(
    validateConfig.next(downloadDataset).next(shardDataset).next(startRun).next(trainingDone),
  );
}
