/** Predictions of many images: a state machine that goes through a batch's parts, many at a time. */
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import {
  DefinitionBody,
  DistributedMap,
  JsonPath,
  LogLevel,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENV } from '../functions/contract/environment.ts';
import { PATTERNS } from '../functions/contract/keys.ts';
import { AT_ONCE } from '../functions/contract/limits.ts';
import { OUTPUTS } from '../functions/contract/stacks.ts';
import { ItemsReader } from './items-reader.ts';
import { Alarms, addExecutionAlarms } from './monitoring/alarms.ts';
import { acknowledgeMap } from './nag.ts';
import { DEFAULT_MODEL } from './serving-stack.ts';
import { standardMachine } from './standard-machine.ts';
import { acknowledgeKeys, StepnetFunction } from './stepnet-function.ts';
import { functionTask } from './workflow-states.ts';

export interface BatchProps extends StackProps {
  bucket: IBucket;
  alarmTopic?: string;
}

const { batchPlan, batchParts, batchPartResults, batchPredictions, batchSummary } = PATTERNS;
/** What batches may predict. */
const INPUTS = [PATTERNS.batches, PATTERNS.datasets];

export class BatchStack extends Stack {
  constructor(scope: Construct, id: string, { bucket, alarmTopic, ...props }: BatchProps) {
    super(scope, id, { ...props, description: 'stepnet: predictions of batches' });
    const plan = this.#task('PlanBatch', 'plan-batch', {
      batchId: JsonPath.stringAt('$$.Execution.Name'),
      input: JsonPath.objectAt('$$.Execution.Input'),
    });
    plan.fn.addEnvironment(ENV.defaultModel, DEFAULT_MODEL);
    plan.fn.uses(bucket, {
      read: [PATTERNS.latest, PATTERNS.versions, ...INPUTS],
      write: [batchPlan, batchParts],
      list: INPUTS,
    });
    const predict = this.#task('PredictPart', 'predict-part', {
      batchId: JsonPath.stringAt('$.batchId'),
      part: JsonPath.numberAt('$.part'),
      from: JsonPath.numberAt('$.from'),
      to: JsonPath.numberAt('$.to'),
    });
    predict.fn.uses(bucket, {
      read: [PATTERNS.versions, PATTERNS.checkpoints, ...INPUTS],
      write: [batchPartResults],
    });
    const collect = this.#task('CollectBatch', 'collect-batch', {
      batchId: JsonPath.stringAt('$.batchId'),
    });
    collect.fn.uses(bucket, {
      read: [batchPlan, batchParts, batchPartResults, batchPredictions, batchSummary],
      write: [batchPredictions, batchSummary],
      abort: [batchPredictions],
    });

    const parts = new DistributedMap(this, 'PredictParts', {
      itemReader: new ItemsReader(bucket, JsonPath.stringAt('$.partsKey'), batchParts),
      // Each part is a workflow of its own with one task of minutes, repeatable: what express ones are for.
      mapExecutionType: StateMachineType.EXPRESS,
      maxConcurrency: AT_ONCE.batchParts,
      resultPath: JsonPath.DISCARD,
    });
    parts.itemProcessor(predict.state);
    const machine = standardMachine(this, 'Batch', {
      definitionBody: DefinitionBody.fromChainable(plan.state.next(parts).next(collect.state)),
      timeout: Duration.days(1),
      // The parts' own workflows are express ones, which keep no history but this.
      logLevel: LogLevel.ALL,
    });
    acknowledgeKeys(machine.role, bucket, batchParts);
    acknowledgeMap(machine);
    const alarms = new Alarms(new Construct(this, 'Monitoring'), alarmTopic);
    addExecutionAlarms(
      alarms,
      machine,
      "the execution's history says why, and the same batch may be redriven",
    );
    new CfnOutput(this, OUTPUTS.batchStateMachine, { value: machine.stateMachineArn });
    new CfnOutput(this, OUTPUTS.bucket, { value: bucket.bucketName });
  }

  #task(
    id: string,
    entry: 'plan-batch' | 'predict-part' | 'collect-batch',
    payload: Record<string, unknown>,
  ) {
    const fn = new StepnetFunction(this, entry);
    return { fn, state: functionTask(this, id, fn, payload) };
  }
}
