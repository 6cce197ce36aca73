/** What cdk-nag finds at every state machine, and why it is as it should be. */
import { type CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export function acknowledgeStateMachine(machine: StateMachine): void {
  Validations.of(machine.role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Deliveries of logs and traces belong to no resource that a policy could name: they only take *.',
  });
}

/** For state machines that log what went wrong alone. */
export function acknowledgeErrorLogs(machine: StateMachine): void {
  Validations.of(machine).acknowledge({
    id: 'AwsSolutions-SF1',
    reason: "A standard execution's own history has all events, for 90 days; the log is for what went wrong.",
  });
}

/** For state machines with a Distributed Map: of what CDK grants for its children. */
export function acknowledgeMap(machine: StateMachine): void {
  const id = Stack.of(machine).getLogicalId(machine.node.defaultChild as CfnElement);
  const name = `{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"${id}"}]}]}`;
  for (const executions of [`${name}:*`, `${name}/*:*`]) {
    Validations.of(machine).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${executions}]`,
      reason: "Executions of the Map's items, which get their names as they start.",
    });
  }
}
