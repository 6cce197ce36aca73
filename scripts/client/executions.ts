/** The executions of a run: the one that runs, and the name that is free for another. */

import { isDeepStrictEqual } from 'node:util';
import { DescribeExecutionCommand, paginateListExecutions, type SFNClient } from '@aws-sdk/client-sfn';
import { type JobConfig, jobOf } from '../../functions/schemas/config.ts';

export interface RunningExecution {
  runId: string;
  executionArn: string;
}

const runIdOf = (name: string): string => name.split('.')[0]!;
const executionArn = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/**
 * The newest execution that runs with exactly this config: in AWS, or in a local cloud that has ended and gone on since.
 *
 * @param runId whose execution it has to be; any run's by default
 */
export async function findRunningExecution(
  client: SFNClient,
  stateMachineArn: string,
  config: JobConfig,
  runId?: string,
): Promise<RunningExecution | undefined> {
  for await (const { executions = [] } of paginateListExecutions(
    { client },
    { stateMachineArn, statusFilter: 'RUNNING' },
  )) {
    for (const { executionArn: arn, name } of executions) {
      const found = runIdOf(name!);
      if (runId !== undefined && found !== runId) continue;
      const { input, status } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
      const own = jobOf(JSON.parse(input ?? '{}'));
      const isIt = status === 'RUNNING' && own !== undefined && isDeepStrictEqual(own, config);
      if (isIt) return { runId: found, executionArn: arn! };
    }
  }
  return undefined;
}

/** The first name under which an execution may take the run up: its id, or its id with a number. */
export async function freeName(client: SFNClient, stateMachineArn: string, runId: string): Promise<string> {
  for (let number = 0; ; number++) {
    const name = number === 0 ? runId : `${runId}.${number}`;
    const command = new DescribeExecutionCommand({ executionArn: executionArn(stateMachineArn, name) });
    try {
      await client.send(command);
    } catch (error) {
      if ((error as Error).name === 'ExecutionDoesNotExist') return name;
      throw error;
    }
  }
}
