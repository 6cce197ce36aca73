/** Predictions of many images: a state machine that goes through a batch's parts, many at a time. */
import { Duration, Stack } from 'aws-cdk-lib';
import { DefinitionBody, DistributedMap, JsonPath, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ENV } from '../functions/contract/environment.ts';
import type { FunctionName } from '../functions/contract/functions.ts';
import { PATTERNS } from '../functions/contract/keys.ts';
import { OUTPUTS } from '../functions/contract/stacks.ts';
import { addMapMachine, ItemsReader, ResultsWriter } from './machines.ts';
import type { Patience } from './retries.ts';
import { DEFAULT_MODEL } from './serving-stack.ts';
import type { StackSettings } from './settings.ts';
import { StepnetFunction } from './stepnet-function.ts';
import { functionTask } from './workflow-states.ts';

const { batchPlan, batchParts, batchPartResults, batchMapRuns, batchPredictions, batchSummary } = PATTERNS;
/** What batches may predict. */
const INPUTS = [PATTERNS.batches, PATTERNS.datasets];

export class BatchStack extends Stack {
  constructor(scope: Construct, id: string, props: StackSettings) {
    const { bucket } = props;
    super(scope, id, { description: 'stepnet: predictions of batches' });
    const task = (
      id: string,
      entry: FunctionName,
      payload: Record<string, unknown>,
      patience: Patience = 'execution',
    ) => {
      const fn = new StepnetFunction(this, entry, { settings: props });
      return { fn, state: functionTask(this, id, fn, { payload, patience }) };
    };
    const plan = task('PlanBatch', 'plan-batch', {
      batchId: JsonPath.stringAt('$$.Execution.Name'),
      input: JsonPath.objectAt('$$.Execution.Input'),
    });
    plan.fn.addEnvironment(ENV.defaultModel, DEFAULT_MODEL);
    plan.fn.uses(bucket, {
      read: [PATTERNS.latest, PATTERNS.versions, ...INPUTS],
      write: [batchPlan, batchParts],
      list: INPUTS,
    });
    const part = {
      batchId: JsonPath.stringAt('$.batchId'),
      part: JsonPath.numberAt('$.part'),
      from: JsonPath.numberAt('$.from'),
      to: JsonPath.numberAt('$.to'),
    };
    const predict = task('PredictPart', 'predict-part', part, 'child');
    predict.fn.uses(bucket, {
      read: [PATTERNS.versions, PATTERNS.checkpoints, ...INPUTS],
      write: [batchPartResults],
    });
    const collect = task('CollectBatch', 'collect-batch', {
      batchId: JsonPath.stringAt('$.batchId'),
    });
    collect.fn.uses(bucket, {
      read: [batchPlan, batchParts, batchPartResults, batchPredictions, batchSummary],
      write: [batchPredictions, batchSummary],
      abort: [batchPredictions],
    });

    const parts = new DistributedMap(this, 'PredictParts', {
      itemReader: new ItemsReader(bucket, JsonPath.stringAt('$.partsKey'), batchParts),
      // An express workflow would end after five minutes, most of which a part may take: too little to wait for its place.
      mapExecutionType: StateMachineType.STANDARD,
      maxConcurrency: props.batchPartsAtOnce,
      resultWriterV2: new ResultsWriter(bucket, batchMapRuns),
      resultPath: JsonPath.DISCARD,
    });
    parts.itemProcessor(predict.state);
    addMapMachine(this, 'Batch', {
      definitionBody: DefinitionBody.fromChainable(plan.state.next(parts).next(collect.state)),
      timeout: Duration.days(1),
      logs: props,
      bucket,
      items: batchParts,
      results: batchMapRuns,
      alarms: props,
      whatToDo:
        "map-runs/batches/{id}/…/FAILED_0.json, or else the execution's history, says why, and the same batch may be redriven",
      output: OUTPUTS.batchStateMachine,
    });
  }
}
