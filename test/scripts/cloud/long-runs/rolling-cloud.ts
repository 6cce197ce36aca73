/** The real app on the local cloud, with executions that hand their run over after few turns. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { inject } from 'vitest';
import { ENV } from '../../../../functions/contract/environment.ts';
import { OUTPUTS, PARAMETERS } from '../../../../functions/contract/stacks.ts';
import { followExecution, type RunEvent } from '../../../../scripts/client/follow.ts';
import { startExecution } from '../../../../scripts/client/run.ts';
import type { Template } from '../../../../scripts/cloud/assembly.ts';
import { type LocalCloud, startLocalCloud } from '../../../../scripts/cloud/cloud.ts';
import { LOCAL_CREDENTIALS, trainingStateMachineArn } from '../../../../scripts/cloud/connection.ts';
import { LOCAL_REGION } from '../../../../scripts/cloud/intrinsics.ts';
import { startMirror } from '../../../../scripts/cloud/mnist-mirror.ts';
import { workbench } from '../functions.ts';

export interface RollingCloud {
  cloud: LocalCloud;
  client: SFNClient;
  stateMachineArn: string;
  /** Starts the execution. @returns its ARN */
  start(name: string, input: Record<string, unknown>): Promise<string>;
  /** Starts the execution and waits for the end of its run. */
  run(name: string, input: Record<string, unknown>): Promise<RunEvent[]>;
  getBytes(key: string): Promise<Uint8Array>;
  getJson(key: string): Promise<unknown>;
  close(): Promise<void>;
}

/** @param turns that an execution may take; without it as many as the app says */
export async function startRollingCloud(turns?: number): Promise<RollingCloud> {
  const bench = workbench();
  const mirror = await startMirror();
  const assemblyDir = join(bench.folder, 'assembly');
  cpSync(inject('assembly'), assemblyDir, { recursive: true });
  if (turns !== undefined) setTurns(assemblyDir, turns);
  const cloud = await startLocalCloud({
    assemblyDir,
    dataDir: join(bench.folder, 'data'),
    httpPort: 0,
    parameters: { [PARAMETERS.datasetMirrors]: mirror.url, [PARAMETERS.mirrorAccess]: 'any' },
  });
  const connection = { region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
  const client = new SFNClient({ ...connection, endpoint: cloud.endpoints.stepFunctions });
  const s3 = new S3Client({ ...connection, endpoint: cloud.endpoints.s3, forcePathStyle: true });
  const Bucket = cloud.outputs['stepnet-training']![OUTPUTS.bucket]!;
  const stateMachineArn = trainingStateMachineArn(cloud.outputs);
  const start = (name: string, input: Record<string, unknown>) =>
    startExecution({ client, stateMachineArn, name, input });
  const getBytes = async (Key: string) =>
    (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray();
  return {
    cloud,
    client,
    stateMachineArn,
    start,
    async run(name, input) {
      const events: RunEvent[] = [];
      for await (const event of followExecution(client, await start(name, input), 50)) events.push(event);
      return events;
    },
    getBytes,
    getJson: async (key) => JSON.parse(Buffer.from(await getBytes(key)).toString('utf8')),
    async close() {
      await cloud.close();
      await mirror.close();
      bench.remove();
    },
  };
}

function setTurns(assemblyDir: string, turns: number): void {
  const name = readdirSync(assemblyDir).find((file) => file.endsWith('-training.template.json'))!;
  const file = join(assemblyDir, name);
  const template = JSON.parse(readFileSync(file, 'utf8')) as Template;
  const variables = Object.values(template.Resources).flatMap(({ Properties = {} }) => {
    const { Variables } = (Properties.Environment ?? {}) as { Variables?: Record<string, string> };
    return Variables !== undefined && ENV.turnsPerExecution in Variables ? [Variables] : [];
  });
  if (variables.length !== 1) throw new Error(`${dirname(file)}: ${variables.length} functions plan turns`);
  variables[0]![ENV.turnsPerExecution] = String(turns);
  writeFileSync(file, JSON.stringify(template));
}
