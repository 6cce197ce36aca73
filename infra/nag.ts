/** What cdk-nag finds at every state machine, and why it is as it should be. */
import { Validations } from 'aws-cdk-lib';
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
