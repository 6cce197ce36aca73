/** State machines as all of the app's are: standard, traced, with a log that holds none of the data. */
import { type CfnElement, CfnOutput, type Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import {
  type DefinitionBody,
  JsonPath,
  LogLevel,
  ResultWriterV2,
  S3JsonItemReader,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, type IConstruct } from 'constructs';
import { OUTPUTS } from '../functions/contract/stacks.ts';
import { useOfKey } from './encryption.ts';
import { createVendedLogs, type LogSettings } from './logs.ts';
import { Alarms, addExecutionAlarms } from './monitoring/alarms.ts';
import type { Settings } from './settings.ts';
import { acknowledgeKeys } from './stepnet-function.ts';
import { EXECUTION_NAME } from './workflow-states.ts';

export interface MachineProps {
  definitionBody: DefinitionBody;
  timeout: Duration;
  logs: LogSettings;
}

/** Its log group is called `{id}Logs`. */
export function standardMachine(scope: Construct, id: string, props: MachineProps): StateMachine {
  const { definitionBody, timeout, logs } = props;
  const machine = new StateMachine(scope, id, {
    definitionBody,
    stateMachineType: StateMachineType.STANDARD,
    timeout,
    tracingEnabled: true,
    logs: {
      destination: createVendedLogs(scope, `${id}Logs`, logs, 'states'),
      // An execution's own history has every event; the log is for alarms on what went wrong.
      level: LogLevel.ERROR,
      includeExecutionData: false,
    },
  });
  Validations.of(machine.role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Deliveries of logs and traces belong to no resource that a policy could name: they only take *.',
  });
  Validations.of(machine).acknowledge({
    id: 'AwsSolutions-SF1',
    reason: "A standard execution's own history has all events, for 90 days; the log is for what went wrong.",
  });
  return machine;
}

/** For state machines with a Distributed Map: tells cdk-nag of what CDK grants for its children. */
export function acknowledgeMap(machine: StateMachine): void {
  const reason = "Executions of the Map's items, which get their names as they start.";
  for (const executions of [':*', '/*:*']) acknowledgeExecutions(machine, machine, executions, reason);
}

/**
 * Tells cdk-nag why somebody may ask for any execution of a machine.
 *
 * @param executions what follows the machine's name in their ARNs
 */
export function acknowledgeExecutions(
  at: IConstruct,
  machine: StateMachine,
  executions: string,
  reason: string,
): void {
  const id = Stack.of(machine).getLogicalId(machine.node.defaultChild as CfnElement);
  const name = `{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"${id}"}]}]}`;
  Validations.of(at).acknowledge({
    id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${name}${executions}]`,
    reason,
  });
}

export interface MapMachineProps extends MachineProps {
  /** Where the Distributed Map reads its items and leaves its results, and the patterns of their keys. */
  bucket: IBucket;
  items: string;
  results: string;
  alarms: Pick<Settings, 'alarmTopic' | 'hasAlarms'>;
  /** Told by the alarms of a failure. */
  whatToDo: string;
  /** Name of the output with the ARN. */
  output: string;
}

/** All of a stack around a state machine that goes through items in the bucket: the machine, its alarms and outputs. */
export function addMapMachine(stack: Stack, id: string, props: MapMachineProps): void {
  const { bucket, items, results, alarms, whatToDo, output } = props;
  const machine = standardMachine(stack, id, props);
  for (const keys of [items, results]) acknowledgeKeys(machine.role, bucket, keys);
  for (const use of useOfKey(bucket, { reads: true, writes: true })) machine.addToRolePolicy(use);
  acknowledgeMap(machine);
  addExecutionAlarms(new Alarms(new Construct(stack, 'Monitoring'), alarms), machine, whatToDo);
  new CfnOutput(stack, output, { value: machine.stateMachineArn });
  new CfnOutput(stack, OUTPUTS.bucket, { value: bucket.bucketName });
}

/** The items of a Distributed Map, a JSON array in the bucket: the state machine reads keys of one kind and no others. */
export class ItemsReader extends S3JsonItemReader {
  readonly #pattern: string;

  /** @param pattern of functions/contract/keys.ts, which `key` matches */
  constructor(bucket: IBucket, key: string, pattern: string) {
    super({ bucket, key });
    this.#pattern = pattern;
  }

  override providePolicyStatements(): PolicyStatement[] {
    const resources = [this.bucket.arnForObjects(this.#pattern)];
    return [new PolicyStatement({ actions: ['s3:GetObject'], resources })];
  }
}

/**
 * Where a Distributed Map leaves what became of each item: between two states there is room for 256 KiB, and an item that
 * failed has its whole input and cause among the results, also where these are discarded. Below a prefix of one kind.
 */
export class ResultsWriter extends ResultWriterV2 {
  readonly #bucket: IBucket;
  readonly #pattern: string;

  /** @param pattern of functions/contract/keys.ts, whose first `*` stands for the execution's name */
  constructor(bucket: IBucket, pattern: string) {
    super({ bucket, prefix: JsonPath.format(pattern.replace('*/*', '{}'), EXECUTION_NAME) });
    this.#bucket = bucket;
    this.#pattern = pattern;
  }

  override providePolicyStatements(): PolicyStatement[] {
    // "IAM policies for ResultWriter" in the Step Functions Developer Guide: large files are uploaded in parts.
    const upload = ['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'];
    const resources = [this.#bucket.arnForObjects(this.#pattern)];
    return [new PolicyStatement({ actions: upload, resources })];
  }
}
