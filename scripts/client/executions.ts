/** The executions of runs: those that run, and the name that is free for another. */

import { isDeepStrictEqual } from 'node:util';
import {
  DescribeExecutionCommand,
  paginateListExecutions,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
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
  for await (const found of runningExecutions(client, stateMachineArn)) {
    if (runId !== undefined && found.runId !== runId) continue;
    const { executionArn } = found;
    const { input, status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    const own = jobOf(JSON.parse(input ?? '{}'));
    if (status === 'RUNNING' && own !== undefined && isSame(own, config)) return found;
  }
  return undefined;
}

/** The newest first. */
async function* runningExecutions(
  client: SFNClient,
  stateMachineArn: string,
): AsyncGenerator<RunningExecution> {
  const pages = paginateListExecutions({ client }, { stateMachineArn, statusFilter: 'RUNNING' });
  for await (const { executions = [] } of pages) {
    for (const { name, executionArn } of executions)
      yield { runId: runIdOf(name!), executionArn: executionArn! };
  }
}

/** ARNs of the executions that work on runs, by the run's id: its name up to the first dot. */
export async function executionsAtWork(
  client: SFNClient,
  stateMachineArn: string,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const { runId, executionArn } of runningExecutions(client, stateMachineArn)) {
    found.set(runId, executionArn);
  }
  return found;
}

/** Its functions finish what they are at; what was stored stays. */
export async function stopExecution(client: SFNClient, executionArn: string): Promise<void> {
  await client.send(
    new StopExecutionCommand({
      executionArn,
      error: 'Stopped',
      cause: 'stopped by somebody with npm run runs',
    }),
  );
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
