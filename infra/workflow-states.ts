/** States that the workflows have in common, each made once per workflow. */
import { Duration } from 'aws-cdk-lib';
import {
  type CatchProps,
  Fail,
  JsonPath,
  Map as MapState,
  TaskInput,
  type TaskStateBase,
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

/** A run is called like its execution. */
export const RUN_ID = JsonPath.stringAt('$$.Execution.Name');
/** Payload of the states that go on from a run's checkpoint. */
export const CHECKPOINT_OF_RUN = {
  runId: RUN_ID,
  step: JsonPath.numberAt('$.step'),
  checkpoint: JsonPath.objectAt('$.checkpoint'),
};
const ON_FAILURE: CatchProps = { resultPath: '$.error' };

export class WorkflowStates {
  readonly #scope: Construct;
  readonly #functions: TrainingFunctions;
  readonly #recordFailure: TaskStateBase;

  constructor(scope: Construct, functions: TrainingFunctions) {
    this.#scope = scope;
    this.#functions = functions;
    const failed = new Fail(scope, 'RunFailed', {
      errorPath: JsonPath.stringAt('$.error.Error'),
      causePath: JsonPath.stringAt('$.error.Cause'),
    });
    this.#recordFailure = this.#task(
      'RecordFailure',
      functions.recordFailure,
      { runId: RUN_ID, error: JsonPath.objectAt('$.error') },
      JsonPath.DISCARD,
    );
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
    return this.#task(id, fn, payload, resultPath).addCatch(this.#recordFailure, ON_FAILURE);
  }

  /**
   * From a config to a dataset that is in the bucket: afterwards the state holds $.config and $.dataset.manifestSha256.
   *
   * @param input the config as it was given
   */
  prepareDataset(input: unknown): { begin: TaskStateBase; end: TaskStateBase } {
    const { validateConfig, downloadDataset, shardDataset } = this.#functions;
    const begin = this.step('ValidateConfig', validateConfig, { runId: RUN_ID, input });
    const downloadFile = this.#task('DownloadFile', downloadDataset, {
      dataset: JsonPath.stringAt('$.dataset'),
      file: JsonPath.stringAt('$.file'),
    });
    const download = new MapState(this.#scope, 'DownloadDataset', {
      itemsPath: '$.files',
      maxConcurrency: DOWNLOADS_AT_ONCE,
      resultPath: JsonPath.DISCARD,
    })
      .itemProcessor(downloadFile)
      .addCatch(this.#recordFailure, ON_FAILURE);
    const dataset = { dataset: JsonPath.stringAt('$.config.dataset') };
    const end = this.step('ShardDataset', shardDataset, dataset, '$.dataset');
    begin.next(download).next(end);
    return { begin, end };
  }

  #task(
    id: string,
    fn: StepnetFunction,
    payload: Record<string, unknown>,
    resultPath?: string,
  ): TaskStateBase {
    const state = new LambdaInvoke(this.#scope, id, {
      lambdaFunction: fn,
      // The function's result itself is the task's result, and the resource is its plain ARN.
      payloadResponseOnly: true,
      payload: TaskInput.fromObject(payload),
      ...(resultPath === undefined ? {} : { resultPath }),
      retryOnServiceExceptions: false,
      taskTimeout: Timeout.duration(fn.timeout!.plus(TASK_GRACE)),
    });
    return state.addRetry(SERVICE_RETRY);
  }
}
