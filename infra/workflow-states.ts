/** States that the workflows have in common, each made once per workflow. */
import { Aws, Duration } from 'aws-cdk-lib';
import {
  type CatchProps,
  CustomState,
  DistributedMap,
  Fail,
  type IChainable,
  JsonPath,
  Pass,
  StateMachineType,
  TaskInput,
  type TaskStateBase,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { DOWNLOAD_RETRY, type Patience, SERVICE_RETRY, START_RETRY, throttleRetry } from './retries.ts';
import type { StepnetFunction } from './stepnet-function.ts';
import type { TrainingFunctions } from './training-functions.ts';

/** A task is given up a little after its function would be: the function's own timeout is the better error. */
const TASK_GRACE = Duration.seconds(30);
/** For starting an execution, which the service answers at once. */
const START_SECONDS = 60;

export const EXECUTION_NAME = JsonPath.stringAt('$$.Execution.Name');
/** Where in the state the run's checkpoint stands. */
export const CHECKPOINT = {
  step: JsonPath.numberAt('$.step'),
  checkpoint: JsonPath.objectAt('$.checkpoint'),
};
const ON_FAILURE: CatchProps = { resultPath: '$.error' };

export class WorkflowStates {
  readonly #scope: Construct;
  readonly #functions: TrainingFunctions;
  readonly #run: Record<string, unknown>;
  readonly #patience: Patience;
  readonly #recordFailure: TaskStateBase;

  /**
   * @param run how the states name their run to functions that may have to do with its execution, too
   * @param patience of its states with throttles
   */
  constructor(
    scope: Construct,
    functions: TrainingFunctions,
    run: Record<string, unknown>,
    patience: Patience = 'execution',
  ) {
    this.#scope = scope;
    this.#patience = patience;
    this.#functions = functions;
    this.#run = run;
    const failed = new Fail(scope, 'RunFailed', {
      errorPath: JsonPath.stringAt('$.error.Error'),
      causePath: JsonPath.stringAt('$.error.Cause'),
    });
    this.#recordFailure = functionTask(scope, 'RecordFailure', functions.recordFailure, {
      payload: { ...run, error: JsonPath.objectAt('$.error') },
      resultPath: JsonPath.DISCARD,
      patience,
    });
    // Even when the failure can't be written down, the run ends with its own error.
    this.#recordFailure.addCatch(failed, { resultPath: '$.recordError' });
    this.#recordFailure.next(failed);
  }

  /**
   * One function as a state, whose failure is recorded and ends the run.
   *
   * @param resultPath where in the state the function's result goes; all of it by default
   */
  step(
    id: string,
    fn: StepnetFunction,
    payload: Record<string, unknown>,
    resultPath?: string,
  ): TaskStateBase {
    const of = { payload, patience: this.#patience, ...(resultPath === undefined ? {} : { resultPath }) };
    return functionTask(this.#scope, id, fn, of).addCatch(this.#recordFailure, ON_FAILURE);
  }

  /**
   * From a config to a dataset that is in the bucket: afterwards the state holds $.config and $.dataset.manifestSha256.
   *
   * @param input the config as it was given
   */
  prepareDataset(input: unknown): { begin: TaskStateBase; end: TaskStateBase } {
    const begin = this.step('ValidateConfig', this.#functions.validateConfig, { ...this.#run, input });
    const { shard: end, download } = datasetStates(this.#scope, this.#functions);
    for (const state of [end, download]) state.addCatch(this.#recordFailure, ON_FAILURE);
    begin.next(end);
    return { begin, end };
  }

  /** Ends the run with an error of ours. */
  failure(id: string, error: string, cause: string): IChainable {
    const parameters = { runId: this.#run.runId, error: { Error: error, Cause: cause } };
    return new Pass(this.#scope, id, { parameters }).next(this.#recordFailure);
  }

  /**
   * The parts of a data-parallel round, each trained by one worker, whose answers stand in $.results afterwards.
   *
   * Distributed, because an inline Map takes at most 40 workers at a time and has all their events in the run's own
   * history. A worker is a standard execution: express ones end after five minutes, and train-worker may take fifteen.
   *
   * @param atOnce workers at a time
   */
  trainRound(atOnce: number): DistributedMap {
    const trainWorker = functionTask(this.#scope, 'TrainWorker', this.#functions.trainWorker, {
      payload: {
        runId: JsonPath.stringAt('$.runId'),
        ...CHECKPOINT,
        worker: JsonPath.numberAt('$.worker'),
      },
      patience: 'child',
    });
    const map = new DistributedMap(this.#scope, 'TrainRound', {
      itemsPath: '$.parts',
      itemSelector: {
        runId: JsonPath.stringAt('$.runId'),
        ...CHECKPOINT,
        worker: JsonPath.numberAt('$$.Map.Item.Value.worker'),
      },
      mapExecutionType: StateMachineType.STANDARD,
      maxConcurrency: atOnce,
      resultPath: '$.results',
    });
    map.itemProcessor(trainWorker);
    return map.addCatch(this.#recordFailure, ON_FAILURE);
  }

  promoteModel(): TaskStateBase {
    return this.step('PromoteModel', this.#functions.promoteModel, {
      runId: this.#run.runId,
      ...CHECKPOINT,
      stopped: JsonPath.stringAt('$.stopped'),
    });
  }

  /** Starts the execution that goes on with the run, with the same config, and ends with its name. */
  continueRun(): IChainable {
    const continueRun = new CustomState(this.#scope, 'ContinueRun', {
      stateJson: {
        Type: 'Task',
        Resource: `arn:${Aws.PARTITION}:states:::states:startExecution`,
        Parameters: {
          'StateMachineArn.$': '$$.StateMachine.Id',
          'Name.$': '$.loop.continueAs',
          'Input.$': '$$.Execution.Input',
        },
        TimeoutSeconds: START_SECONDS,
        ResultPath: null,
      },
    });
    continueRun.addRetry(START_RETRY);
    continueRun.addCatch(this.#recordFailure, ON_FAILURE);
    return continueRun.next(
      new Pass(this.#scope, 'RunContinues', {
        parameters: { runId: this.#run.runId, continuedBy: JsonPath.stringAt('$.loop.continueAs') },
      }),
    );
  }
}

/**
 * One function as a state, tried again after trouble of the services, and as patiently as its place allows when it is
 * throttled.
 *
 * @param of.payload the state's input by default
 * @param of.resultPath where in the state the function's result goes; all of it by default
 */
export function functionTask(
  scope: Construct,
  id: string,
  fn: StepnetFunction,
  of: { payload?: Record<string, unknown>; resultPath?: string; patience?: Patience } = {},
): TaskStateBase {
  const { payload, resultPath, patience = 'execution' } = of;
  const state = new LambdaInvoke(scope, id, {
    lambdaFunction: fn,
    // The function's result itself is the task's result, and the resource is its plain ARN.
    payloadResponseOnly: true,
    ...(payload === undefined ? {} : { payload: TaskInput.fromObject(payload) }),
    ...(resultPath === undefined ? {} : { resultPath }),
    retryOnServiceExceptions: false,
    taskTimeout: Timeout.duration(fn.timeout!.plus(TASK_GRACE)),
  });
  return state.addRetry(throttleRetry(patience)).addRetry(SERVICE_RETRY);
}

/**
 * From $.config and $.files to a dataset that is in the bucket: then $.dataset.manifestSha256 says which.
 *
 * ShardDataset brings the files itself. Only where its invocation has no time for both, DownloadDataset brings what is
 * missing, in as many attempts as it takes, and ShardDataset finds all of it there.
 */
export function datasetStates(
  scope: Construct,
  { downloadDataset, shardDataset }: TrainingFunctions,
): { shard: TaskStateBase; download: TaskStateBase } {
  const download = functionTask(scope, 'DownloadDataset', downloadDataset, {
    payload: { files: JsonPath.objectAt('$.files') },
    resultPath: JsonPath.DISCARD,
  }).addRetry(DOWNLOAD_RETRY);
  // A name, or a declaration.
  const payload = { dataset: JsonPath.objectAt('$.config.dataset'), files: JsonPath.objectAt('$.files') };
  const shard = functionTask(scope, 'ShardDataset', shardDataset, { payload, resultPath: '$.dataset' });
  shard.addCatch(download, { errors: DOWNLOAD_RETRY.errors!, resultPath: JsonPath.DISCARD });
  download.next(shard);
  return { shard, download };
}
