/** Everything that trains or imports: the step functions and the state machines that run them. */
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { OUTPUTS } from '../functions/contract/stacks.ts';
import { monthlyBudget } from './budget.ts';
import { acknowledgeMap, standardMachine } from './machines.ts';
import { TrainingMonitoring } from './monitoring/training.ts';
import type { StackSettings } from './settings.ts';
import { createTrainingFunctions, type TrainingFunctions } from './training-functions.ts';
import { importWorkflow, trainingWorkflow } from './training-workflow.ts';

/** Longer than all turns of an execution, each of which may take as long as its function. */
const EXECUTION_TIMEOUT = Duration.days(14);

export class TrainingStack extends Stack {
  readonly functions: TrainingFunctions;
  /** The machine that trains. */
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: StackSettings & { gitRevision: string }) {
    super(scope, id, { description: 'stepnet: training workflow' });
    const functions = createTrainingFunctions(this, props);
    this.functions = functions;
    const training = standardMachine(this, 'Training', {
      definitionBody: trainingWorkflow(this, functions, props.workersAtOnce),
      timeout: EXECUTION_TIMEOUT,
      logs: props,
    });
    this.machine = training;
    // Exported whether or not another stack imports it: CloudFormation would refuse to take it back in the deployment in
    // which that one stops to.
    this.exportValue(training.stateMachineArn);
    // A policy of its own: the role's default one exists before the state machine, whose ARN stands in this.
    new Policy(this, 'ContinueRuns', {
      roles: [training.role],
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [training.stateMachineArn] }),
      ],
    });
    acknowledgeMap(training);
    // States of one name in both workflows need scopes of their own.
    const imports = new Construct(this, 'ImportStates');
    const importing = standardMachine(this, 'Import', {
      definitionBody: importWorkflow(imports, functions),
      timeout: EXECUTION_TIMEOUT,
      logs: props,
    });
    new TrainingMonitoring(this, 'Monitoring', {
      ...props,
      stateMachines: [training, importing],
      functions: Object.values(functions),
    });
    if (props.budget !== undefined) monthlyBudget(this, props.name, props.budget);
    new CfnOutput(this, OUTPUTS.stateMachine, { value: training.stateMachineArn });
    new CfnOutput(this, OUTPUTS.importStateMachine, { value: importing.stateMachineArn });
    new CfnOutput(this, OUTPUTS.bucket, { value: props.bucket.bucketName });
  }
}
