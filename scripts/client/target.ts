/** Where a command works: the app as deployed in AWS, or as it runs in the local cloud. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { SFNClient } from '@aws-sdk/client-sfn';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { DEFAULT_DATA, dataOption, localConnection, readLocalCloud } from '../cloud/connection.ts';
import { shellWord } from '../support/shell.ts';
import { explainAws } from './aws-trouble.ts';

export interface Target {
  client: SFNClient;
  /** An output of the app. @throws Error when it has none of this name */
  output(name: string): string;
  /** The options with which another command works there, as people paste them into a shell. */
  options: string;
  /** The app's bucket. */
  store(): ObjectStore;
}

/** Options of commands that need a target, for node:util's parseArgs. */
export const TARGET_OPTIONS = {
  stack: { type: 'string' },
  data: { type: 'string', default: DEFAULT_DATA },
} as const;

/**
 * @param where `stack`, the name under which the app was deployed, or the local cloud's data folder `data`
 * @param part of the deployed app whose outputs are needed; the local cloud has those of all
 * @throws Error when there is no such app, or the machine's settings don't lead to it, besides the SDK's own errors
 */
export async function findTarget(
  where: { stack?: string | undefined; data: string },
  part: 'training' | 'serving' | 'batch' | 'sweep' = 'training',
): Promise<Target> {
  const { stack, data } = where;
  if (stack === undefined) return { ...(await localTarget(data)), options: dataOption(data) };
  return { ...(await cloudTarget(`${stack}-${part}`)), options: ` --stack ${shellWord(stack)}` };
}

async function localTarget(dataFolder: string): Promise<Omit<Target, 'options'>> {
  const { endpoints, outputs } = await readLocalCloud(dataFolder);
  const output = outputsOf('the local cloud', Object.assign({}, ...Object.values(outputs)));
  return {
    client: new SFNClient(localConnection(endpoints.stepFunctions)),
    output,
    store: () => createS3Store(output(OUTPUTS.bucket), localConnection(endpoints.s3)),
  };
}

async function cloudTarget(stackName: string): Promise<Omit<Target, 'options'>> {
  const formation = new CloudFormationClient({});
  const { Stacks } = await formation
    .send(new DescribeStacksCommand({ StackName: stackName }))
    .catch(async (error: Error) => {
      throw await explainAws(error, formation, stackName);
    });
  const entries = Stacks?.[0]?.Outputs ?? [];
  const output = outputsOf(
    `stack ${stackName}`,
    Object.fromEntries(entries.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!])),
  );
  return { client: new SFNClient({}), output, store: () => createS3Store(output(OUTPUTS.bucket)) };
}

function outputsOf(where: string, outputs: Readonly<Record<string, string>>): Target['output'] {
  return (name) => {
    const value = outputs[name];
    if (value === undefined) throw new Error(`${where} has no output ${name}: is this version deployed?`);
    return value;
  };
}
