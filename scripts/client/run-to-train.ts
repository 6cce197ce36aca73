/** The run that a local cloud is to train: one that this config has begun there before, or a new one. */
import type { SFNClient } from '@aws-sdk/client-sfn';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { newRunName } from '../../functions/executions/names.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import { findRunningExecution, nextExecution } from './executions.ts';
import { startExecution } from './run.ts';
import { findUnfinishedRun } from './unfinished.ts';

export interface JobToTrain {
  client: SFNClient;
  stateMachineArn: string;
  /** The state machine's input, and what it stands for. */
  input: Record<string, unknown>;
  config: JobConfig;
}

export interface RunToTrain {
  runId: string;
  /** Whether nothing of it was there before. */
  isNew: boolean;
  /** Starts an execution unless one runs. @returns its ARN */
  begin(): Promise<string>;
}

/** @param endpoint base URL of the local cloud's HTTP API */
export async function findRunToTrain(
  { client, stateMachineArn, input, config }: JobToTrain,
  endpoint: string,
): Promise<RunToTrain> {
  const running = await findRunningExecution(client, stateMachineArn, config);
  if (running !== undefined) {
    return { runId: running.runId, isNew: false, begin: async () => running.executionArn };
  }
  const unfinished = await findUnfinishedRun(endpoint, config);
  const runId = unfinished ?? newRunName(datasetName(config.dataset));
  const begin = async () => {
    const next =
      unfinished === undefined ? { name: runId } : await nextExecution(client, stateMachineArn, unfinished);
    if ('executionArn' in next) return next.executionArn;
    return startExecution({ client, stateMachineArn, name: next.name, input });
  };
  return { runId, isNew: unfinished === undefined, begin };
}
