/** Sweeps: many runs of one job with other settings, the best of which is promoted; their state machine. */
import { Duration, Stack } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import {
  Choice,
  Condition,
  DefinitionBody,
  DistributedMap,
  JsonPath,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { LISTED, PATTERNS } from '../functions/contract/keys.ts';
import { OUTPUTS } from '../functions/contract/stacks.ts';
import { addMapMachine, ItemsReader, ResultsWriter } from './machines.ts';
import { memoryEnvironment, pricesEnvironment, type StackSettings } from './settings.ts';
import { StepnetFunction } from './stepnet-function.ts';
import type { TrainingFunctions } from './training-functions.ts';
import { runStates } from './training-workflow.ts';
import { datasetStates, EXECUTION_NAME, functionTask, WorkflowStates } from './workflow-states.ts';

const { declaration, sweepPlan, sweepRuns, sweepMapRuns, sweepLeaderboard, status, runIndex, metrics } =
  PATTERNS;

export class SweepStack extends Stack {
  constructor(scope: Construct, id: string, props: StackSettings & { training: TrainingFunctions }) {
    const { bucket, training } = props;
    super(scope, id, { description: 'stepnet: sweeps' });
    const environment = pricesEnvironment(props);
    const options = { environment, settings: props };
    const checking = { environment: { ...environment, ...memoryEnvironment(props) }, settings: props };
    const functions = {
      planSweep: new StepnetFunction(this, 'plan-sweep', checking).uses(bucket, {
        read: [declaration, sweepPlan, sweepRuns],
        write: [sweepPlan, sweepRuns],
      }),
      collectSweep: new StepnetFunction(this, 'collect-sweep', options).uses(bucket, {
        read: [sweepPlan, sweepRuns, sweepLeaderboard, status, runIndex, metrics],
        write: [sweepRuns, sweepLeaderboard, status, runIndex],
        list: [LISTED.metrics, LISTED.runChanges],
      }),
    };
    addMapMachine(this, 'Sweep', {
      definitionBody: sweepWorkflow(this, bucket, { ...training, ...functions }, props.sweepRunsAtOnce),
      timeout: Duration.days(14),
      logs: props,
      bucket,
      items: sweepRuns,
      results: sweepMapRuns,
      alarms: props,
      whatToDo:
        "sweeps/{id}/leaderboard.json and the runs' status.json say why; a redrive repeats the state that failed, not the runs that did",
      output: OUTPUTS.sweepStateMachine,
    });
  }
}

/**
 * Its plan, the runs of each rung at once, what they have come to, the best one promoted.
 * Input: functions/schemas/sweep.ts. The execution's name is the sweep's id.
 */
function sweepWorkflow(
  scope: Construct,
  bucket: IBucket,
  functions: TrainingFunctions & Record<'planSweep' | 'collectSweep', StepnetFunction>,
  runsAtOnce: number,
): DefinitionBody {
  const plan = functionTask(scope, 'PlanSweep', functions.planSweep, {
    payload: { sweepId: EXECUTION_NAME, input: JsonPath.objectAt('$$.Execution.Input') },
  });
  // Once for all runs, which find the dataset there.
  const { shard: prepare } = datasetStates(scope, functions);
  const runs = new DistributedMap(scope, 'TrainRuns', {
    itemReader: new ItemsReader(bucket, JsonPath.stringAt('$.rung.runsKey'), sweepRuns),
    itemSelector: {
      runId: JsonPath.stringAt('$$.Map.Item.Value.runId'),
      config: JsonPath.objectAt('$$.Map.Item.Value.config'),
      sweep: JsonPath.objectAt('$$.Map.Item.Value.sweep'),
      continueFrom: JsonPath.objectAt('$$.Map.Item.Value.continueFrom'),
      dataset: JsonPath.objectAt('$.dataset'),
    },
    // A run may take longer than the five minutes of an express workflow.
    mapExecutionType: StateMachineType.STANDARD,
    maxConcurrency: runsAtOnce,
    // A run that fails, or whose execution is stopped, is a line of the leaderboard; whether none succeeded is CollectSweep's to say.
    toleratedFailurePercentage: 100,
    resultWriterV2: new ResultsWriter(bucket, sweepMapRuns),
    resultPath: JsonPath.DISCARD,
  });
  runs.itemProcessor(sweepRun(scope, functions));
  const collect = functionTask(scope, 'CollectSweep', functions.collectSweep, {
    payload: { sweepId: JsonPath.stringAt('$.sweepId'), rung: JsonPath.numberAt('$.rung.rung') },
    resultPath: '$.rung',
  });
  const promoteBest = functionTask(scope, 'PromoteBest', functions.promoteModel, {
    payload: {
      runId: JsonPath.stringAt('$.rung.best.runId'),
      step: JsonPath.numberAt('$.rung.best.step'),
      checkpoint: JsonPath.objectAt('$.rung.best.checkpoint'),
      stopped: JsonPath.stringAt('$.rung.best.stopped'),
      sweep: JsonPath.stringAt('$.sweepId'),
    },
  });
  const done = new Choice(scope, 'SweepDone')
    .when(Condition.booleanEquals('$.rung.done', true), promoteBest)
    .otherwise(runs);
  plan.next(prepare).next(runs).next(collect).next(done);
  return DefinitionBody.fromChainable(plan);
}

/** A run as an execution of its own: it starts from the plan's item, and its model is not promoted. */
function sweepRun(scope: Construct, functions: TrainingFunctions) {
  const runId = JsonPath.stringAt('$.runId');
  const states = new WorkflowStates(scope, functions, { runId }, 'child');
  return runStates(scope, functions, {
    states,
    run: {
      runId,
      executionName: runId,
      sweep: JsonPath.objectAt('$.sweep'),
      continueFrom: JsonPath.objectAt('$.continueFrom'),
    },
    // Chunks are sized so that a run fits; chunks that end early for want of time may still be too many.
    outOfTurns: states.failure(
      'RunTooLong',
      'RunTooLongError',
      'the chunks of this run fill the history of its execution, and a run of a sweep has no other; give its functions more memory, or train it on its own',
    ),
  });
}
