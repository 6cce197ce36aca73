/** The executions of runs as commands follow them. */
import type { SFNClient } from '@aws-sdk/client-sfn';
import { nextExecution as next } from '../../functions/executions/at-work.ts';
import { runIdOf } from '../../functions/executions/names.ts';
import { executionsOf } from '../../functions/executions/step-functions.ts';
import { type JobConfig, jobOf } from '../../functions/schemas/config.ts';
import { isSameJob } from '../../functions/schemas/same-job.ts';

export interface RunningExecution {
  runId: string;
  executionArn: string;
}

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
  const executions = executionsOf(stateMachineArn, client);
  for await (const name of executions.running()) {
    if (runId !== undefined && runIdOf(name) !== runId) continue;
    const { input, status } = (await executions.find(name)) ?? {};
    const own = jobOf(JSON.parse(input ?? '{}'));
    if (status !== 'RUNNING' || own === undefined || !isSameJob(own, config)) continue;
    return { runId: runIdOf(name), executionArn: executions.arnOf(name) };
  }
  return undefined;
}

/** ARNs of the executions that work on runs, by the run's id. */
export async function executionsAtWork(
  client: SFNClient,
  stateMachineArn: string,
): Promise<ReadonlyMap<string, string>> {
  const executions = executionsOf(stateMachineArn, client);
  const found = new Map<string, string>();
  for await (const name of executions.running()) found.set(runIdOf(name), executions.arnOf(name));
  return found;
}

/** The execution of the run that runs, or the first name under which one may take the run up. */
export async function nextExecution(
  client: SFNClient,
  stateMachineArn: string,
  runId: string,
): Promise<{ executionArn: string } | { name: string }> {
  const executions = executionsOf(stateMachineArn, client);
  const found = await next(executions, runId);
  return 'free' in found ? { name: found.free } : { executionArn: executions.arnOf(found.running) };
}
