/** A local cloud as tests use it: its bucket, its executions, its functions. */
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { vi } from 'vitest';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import type { ObjectStore } from '../../../functions/store/object-store.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import type { LocalCloud } from '../../../scripts/cloud/cloud.ts';
import { LOCAL_CREDENTIALS } from '../../../scripts/cloud/connection.ts';
import { LOCAL_REGION } from '../../../scripts/cloud/intrinsics.ts';

/** The bucket as its operator sees it. */
export function storeOf({ endpoints, outputs }: LocalCloud): ObjectStore {
  const connection = { endpoint: endpoints.s3, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
  return createS3Store(outputs['stepnet-training']![OUTPUTS.bucket]!, connection);
}

export const clientOf = ({ endpoints }: LocalCloud) =>
  new SFNClient({
    endpoint: endpoints.stepFunctions,
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
  });

/** Runs an execution to its end, whichever that is. */
export async function execute(
  cloud: LocalCloud,
  machine: keyof typeof OUTPUTS,
  name: string,
  input: object,
): Promise<DescribeExecutionCommandOutput> {
  const client = clientOf(cloud);
  const { outputs } = cloud;
  const stateMachineArn = Object.values(outputs).find((stack) => OUTPUTS[machine] in stack)![
    OUTPUTS[machine]
  ];
  const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
  const { executionArn } = await client.send(command);
  return vi.waitUntil(
    async () => {
      const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
      return execution.status !== 'RUNNING' && execution;
    },
    { timeout: 150_000, interval: 50 },
  );
}

/** Calls the function that the template calls so. */
export function invoke(cloud: LocalCloud, fn: string, event: object) {
  const { name } = cloud.functionStats().find((stats) => stats.name.includes(`-${fn}Function`))!;
  return cloud.invoke(name, event);
}
