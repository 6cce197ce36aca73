/** Everything that trains: the step functions and the state machine that runs them. */
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { OUTPUTS } from '../functions/shared/contract.ts';
import { createTrainingFunctions } from './training-functions.ts';
import { trainingWorkflow } from './training-workflow.ts';

export interface TrainingProps extends StackProps {
  bucket: IBucket;
  gitRevision: string;
  trainMemoryMb: number;
}

export class TrainingStack extends Stack {
  constructor(scope: Construct, id: string, props: TrainingProps) {
    super(scope, id, { ...props, description: 'stepnet: training workflow' });
    const functions = createTrainingFunctions(this, props);
    const stateMachine = new StateMachine(this, 'Training', {
      definitionBody: trainingWorkflow(this, functions),
      stateMachineType: StateMachineType.STANDARD,
      timeout: Duration.days(1),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'TrainingLogs', {
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        // The execution's own history has every event; the log is for alarms on what went wrong.
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
    });
    new CfnOutput(this, OUTPUTS.stateMachine, { value: stateMachine.stateMachineArn });
    new CfnOutput(this, OUTPUTS.bucket, { value: props.bucket.bucketName });
  }
}
