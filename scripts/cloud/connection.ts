/** How other commands find a running local cloud: `cloud.json` in its data folder. */
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { readIfThere, writeWhole } from '../support/files.ts';
import { isAlive } from '../support/programs.ts';
import { shellWord } from '../support/shell.ts';
import { stayOnThisMachine } from '../support/surroundings.ts';
import { LOCAL_REGION } from './intrinsics.ts';

/** Where commands look for the local cloud unless they are told. */
export const DEFAULT_DATA = '.stepnet';

/** What leads a command to the local cloud on a folder, as people paste it into a shell. */
export const dataOption = (dataDir: string): string =>
  dataDir === DEFAULT_DATA ? '' : ` --data ${shellWord(dataDir)}`;

/** The operator's. S3 and Step Functions check no signatures; the HTTP API does where a route wants them. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** What an SDK's client needs to reach an endpoint of the local cloud. @param accessKeyId names the caller */
export function localConnection(endpoint: string, accessKeyId = LOCAL_CREDENTIALS.accessKeyId) {
  stayOnThisMachine();
  return { endpoint, region: LOCAL_REGION, credentials: { ...LOCAL_CREDENTIALS, accessKeyId } };
}

export interface PublishedCloud {
  endpoints: { s3: string; stepFunctions: string; http: string };
  /** By stack and output key. */
  outputs: Record<string, Record<string, string>>;
}

/** With the process that serves it: its ports may be another's once it is gone. */
type PublishedFile = PublishedCloud & { pid: number };

const fileIn = (dataDir: string) => join(dataDir, 'cloud.json');

/** Tells others where the cloud is, until it is taken back. The lock on the folder is the S3 store's. */
export function publishCloud(dataDir: string, cloud: PublishedCloud): () => void {
  const path = fileIn(dataDir);
  const published: PublishedFile = { ...cloud, pid: process.pid };
  writeWhole(path, JSON.stringify(published));
  return () => rmSync(path, { force: true });
}

/**
 * @throws Error saying how to start one when no local cloud runs on the folder, also when one was killed there and left
 * its file behind
 */
export async function readLocalCloud(dataDir: string): Promise<PublishedCloud> {
  const cloud = await findLocalCloud(dataDir);
  if (cloud === undefined) {
    const option = dataOption(dataDir);
    throw new Error(
      `no local cloud runs on ${dataDir}: start one with npm start${option && ` --${option}`}, or name a deployed one with --stack`,
    );
  }
  return cloud;
}

/** undefined when none runs on the folder. */
export async function findLocalCloud(dataDir: string): Promise<PublishedCloud | undefined> {
  const cloud = read(fileIn(dataDir));
  const isThere = cloud !== undefined && isAlive(cloud.pid) && (await answers(cloud.endpoints.stepFunctions));
  return isThere ? cloud : undefined;
}

/** The training state machine among the stacks' outputs. @throws Error when no stack has one */
export function trainingStateMachineArn(outputs: Record<string, Record<string, string>>): string {
  const arn = Object.values(outputs).find((stack) => OUTPUTS.stateMachine in stack)?.[OUTPUTS.stateMachine];
  if (arn === undefined) throw new Error(`no stack has an output ${OUTPUTS.stateMachine}`);
  return arn;
}

function read(path: string): PublishedFile | undefined {
  try {
    const text = readIfThere(path);
    return text === undefined ? undefined : (JSON.parse(text) as PublishedFile);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Whether somebody listens there. */
function answers(endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
