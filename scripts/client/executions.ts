/** The executions of a run: the one that runs, or the name that is free for another. */

import { isDeepStrictEqual } from 'node:util';
import { DescribeExecutionCommand, paginateListExecutions, type SFNClient } from '@aws-sdk/client-sfn';
import { type JobConfig, jobOf } from '../../functions/schemas/config.ts';
import { sizedLike } from './unfinished.ts';

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
      const isIt = status === 'RUNNING' && own !== undefined && isSame(own, config);
      if (isIt) return { runId: found, executionArn: arn! };
    }
  }
  return undefined;
}

/** Whichever of the two leaves sizes to the dataset. */
const isSame = (a: JobConfig, b: JobConfig): boolean => isDeepStrictEqual(sizedLike(a, b), sizedLike(b, a));

/**
 * The execution of the run that runs, or the first name under which one may take the run up: its id, or its id with a
 * number.
 */
export async function nextExecution(
  client: SFNClient,
  stateMachineArn: string,
  runId: string,
): Promise<{ executionArn: string } | { name: string }> {
  for (let number = 0; ; number++) {
    const name = number === 0 ? runId : `${runId}.${number}`;
    const arn = executionArn(stateMachineArn, name);
    try {
      const { status } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
      if (status === 'RUNNING') return { executionArn: arn };
    } catch (error) {
      if ((error as Error).name === 'ExecutionDoesNotExist') return { name };
      throw error;
    }
  }
}
