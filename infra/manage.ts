/** The function behind the routes that change something, and who may call them. */
import { CfnParameter, CfnRule, Fn } from 'aws-cdk-lib';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ENV } from '../functions/contract/environment.ts';
import { LISTED, PATTERNS } from '../functions/contract/keys.ts';
import { PARAMETERS } from '../functions/contract/stacks.ts';
import { acknowledgeExecutions } from './machines.ts';
import { memoryEnvironment, pricesEnvironment, type StackSettings } from './settings.ts';
import { StepnetFunction } from './stepnet-function.ts';

const { declaration, runConfig, status, runIndex, checkpoints, versions, latest } = PATTERNS;

/** @param training the machine whose executions it starts and stops, and no other's */
export function createManage(
  scope: Construct,
  props: StackSettings & { training: StateMachine },
): StepnetFunction {
  const { bucket, training } = props;
  const manage = new StepnetFunction(scope, 'manage', {
    settings: props,
    environment: {
      ...pricesEnvironment(props),
      ...memoryEnvironment(props),
      [ENV.stateMachine]: training.stateMachineArn,
    },
  }).uses(bucket, {
    read: [declaration, runConfig, status, runIndex, checkpoints, versions, latest],
    write: [status, runIndex, latest],
    list: [LISTED.runChanges],
  });
  training.grant(manage, 'states:StartExecution', 'states:ListExecutions');
  training.grantExecution(manage, 'states:DescribeExecution', 'states:StopExecution');
  acknowledgeExecutions(
    manage.role!,
    training,
    ':*',
    "Executions have the names of runs, which are not known before; of one machine's they are all.",
  );
  return manage;
}

/**
 * Where everybody may call the endpoint, and these routes as the others, everybody may spend the account's money. That is
 * for a machine's own loopback interface: CloudFormation deploys it only where the operator says so once more.
 */
export function requireConsent(scope: Construct): void {
  const consent = new CfnParameter(scope, PARAMETERS.everybodyMayManage, {
    type: 'String',
    default: 'no',
    allowedValues: ['no', 'yes'],
    description: 'yes: everybody may start and stop runs, promote versions and go back from them',
  });
  new CfnRule(scope, 'EverybodyMayManageRule', {
    assertions: [
      {
        assert: Fn.conditionEquals(consent.valueAsString, 'yes'),
        assertDescription: `-c auth=none -c manage=auth lets everybody start runs at your cost: expected -c manage=iam, -c manage=off or --parameters ${PARAMETERS.everybodyMayManage}=yes`,
      },
    ],
  });
}
