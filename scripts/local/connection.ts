/** How other commands find a running local cloud: `cloud.json` in its data folder. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { OUTPUTS } from '../../functions/shared/contract.ts';

/** The local cloud checks no signatures, but the SDKs want something to sign with. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

export interface PublishedCloud {
  endpoints: { s3: string; stepFunctions: string; http: string };
  outputs: Record<string, Record<string, string>>;
}
type CloudFile = { pid: number } & Partial<PublishedCloud>;

const fileIn = (dataDir: string) => join(dataDir, 'cloud.json');

/** The data folder belongs to another process that is alive. */
export class DataFolderInUseError extends Error {
  override readonly name = 'DataFolderInUseError';
}

/**
 * Takes the folder for this process until released; one left behind by a process that is gone is taken over.
 *
 * @throws DataFolderInUseError naming the process
 */
export function claimDataFolder(dataDir: string): {
  publish(cloud: PublishedCloud): void;
  release(): void;
} {
  const path = fileIn(dataDir);
  const claim = JSON.stringify({ pid: process.pid } satisfies CloudFile);
  try {
    write(path, claim, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = read(path)?.pid;
    if (owner !== undefined && owner !== process.pid && isAlive(owner)) {
      throw new DataFolderInUseError(
        `data folder ${dataDir} is in use by process ${owner}: stop it, or choose another with --data`,
      );
    }
    write(path, claim, 'w');
  }
  return {
    publish: (cloud) => write(path, JSON.stringify({ pid: process.pid, ...cloud } satisfies CloudFile), 'w'),
    release: () => rmSync(path, { force: true }),
  };
}

/** @throws Error saying how to start one when no local cloud runs on the folder */
export function readLocalCloud(dataDir: string): PublishedCloud {
  const file = read(fileIn(dataDir));
  if (file?.endpoints === undefined || file.outputs === undefined || !isAlive(file.pid)) {
    throw new Error(
      `no local cloud runs on ${dataDir}: start one with npm start, or name a deployed one with --stack`,
    );
  }
  return { endpoints: file.endpoints, outputs: file.outputs };
}

/** The training state machine among the stacks' outputs. @throws Error when no stack has one */
export function trainingStateMachineArn(outputs: Record<string, Record<string, string>>): string {
  const arn = Object.values(outputs).find((stack) => OUTPUTS.stateMachine in stack)?.[OUTPUTS.stateMachine];
  if (arn === undefined) throw new Error(`no stack has an output ${OUTPUTS.stateMachine}`);
  return arn;
}

/** undefined when there is no file, or it was cut off while being written. */
function read(path: string): CloudFile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as CloudFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function write(path: string, text: string, flags: 'w' | 'wx'): void {
  const file = openSync(path, flags);
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
