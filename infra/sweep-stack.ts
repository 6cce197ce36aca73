/** Sweeps: many runs of one job with other settings, the best of which is promoted. */
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { LISTED, PATTERNS } from '../functions/contract/keys.ts';
import { OUTPUTS } from '../functions/contract/stacks.ts';
import { Alarms, addExecutionAlarms } from './monitoring/alarms.ts';
import { acknowledgeMap } from './nag.ts';
import { pricesEnvironment, type Settings } from './settings.ts';
import { standardMachine } from './standard-machine.ts';
import { acknowledgeKeys, StepnetFunction } from './stepnet-function.ts';
import { type SweepFunctions, sweepWorkflow } from './sweep-workflow.ts';
import type { TrainingFunctions } from './training-functions.ts';

export interface SweepProps extends StackProps {
  bucket: IBucket;
  /** What trains. */
  training: TrainingFunctions;
  alarmTopic?: string;
  prices?: Settings['prices'];
}

const { sweepPlan, sweepRuns, sweepLeaderboard, status, metrics } = PATTERNS;

export class SweepStack extends Stack {
  constructor(scope: Construct, id: string, props: SweepProps) {
    const { bucket, training, alarmTopic, prices, ...rest } = props;
    super(scope, id, { ...rest, description: 'stepnet: sweeps' });
    const environment = pricesEnvironment(prices);
    const functions: SweepFunctions = {
      planSweep: new StepnetFunction(this, 'plan-sweep', { environment }).uses(bucket, {
        read: [sweepPlan, sweepRuns],
        write: [sweepPlan, sweepRuns],
      }),
      collectSweep: new StepnetFunction(this, 'collect-sweep', { environment }).uses(bucket, {
        read: [sweepPlan, sweepRuns, sweepLeaderboard, status, metrics],
        write: [sweepRuns, sweepLeaderboard, status],
        list: [LISTED.metrics],
      }),
    };
    const machine = standardMachine(this, 'Sweep', {
      definitionBody: sweepWorkflow(this, bucket, { ...training, ...functions }),
      timeout: Duration.days(14),
    });
    acknowledgeKeys(machine.role, bucket, sweepRuns);
    acknowledgeMap(machine);
    const alarms = new Alarms(new Construct(this, 'Monitoring'), alarmTopic);
    addExecutionAlarms(
      alarms,
      machine,
      "sweeps/{id}/leaderboard.json and the runs' status.json say why, and a redrive goes on from the last checkpoints",
    );
    new CfnOutput(this, OUTPUTS.sweepStateMachine, { value: machine.stateMachineArn });
    new CfnOutput(this, OUTPUTS.bucket, { value: bucket.bucketName });
  }
}
