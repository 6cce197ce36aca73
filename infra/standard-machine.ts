/** A state machine as all of the app's are: standard, traced, with a log that holds none of the data. */
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { acknowledgeErrorLogs, acknowledgeStateMachine } from './nag.ts';

export interface MachineProps {
  definitionBody: DefinitionBody;
  timeout: Duration;
  /** Default ERROR: an execution's own history has every event; the log is for alarms on what went wrong. */
  logLevel?: LogLevel;
}

/** Its log group is called `{id}Logs`. */
export function standardMachine(scope: Construct, id: string, props: MachineProps): StateMachine {
  const { definitionBody, timeout, logLevel = LogLevel.ERROR } = props;
  const machine = new StateMachine(scope, id, {
    definitionBody,
    stateMachineType: StateMachineType.STANDARD,
    timeout,
    tracingEnabled: true,
    logs: {
      destination: new LogGroup(scope, `${id}Logs`, {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      level: logLevel,
      includeExecutionData: false,
    },
  });
  acknowledgeStateMachine(machine);
  if (logLevel === LogLevel.ERROR) acknowledgeErrorLogs(machine);
  return machine;
}
