/** `npm start -- --serve` in a process of its own, and the processes of its functions. Linux only: reads /proc. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findTarget, type Target } from '../../scripts/client/target.ts';
import { readLocalCloud } from '../../scripts/cloud/connection.ts';
import { memoryMb } from '../../scripts/cloud/lambda/container.ts';

const ROOT = join(import.meta.dirname, '../..');
const MB = 2 ** 20;

export interface ProcessSample {
  pid: number;
  /** `local cloud`, or the function's name. */
  name: string;
  residentMb: number;
  fileDescriptors: number;
}

export interface LocalApp {
  http: string;
  target: Target;
  /** Every process that there is now. */
  processes(): ProcessSample[];
  /** Of the database's file and its log. */
  databaseMb(): number;
  /** What the command has printed. */
  output(): string;
  stop(): Promise<void>;
}

/** @throws Error with the command's output when it ends instead of serving */
export async function startLocalApp(folder: string): Promise<LocalApp> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'scripts/commands/start.ts'), '--serve', '--port', '0', '--data', folder],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  while (!output.includes('serving on ')) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}: ${output}`);
    await sleep(50);
  }
  const { endpoints } = await readLocalCloud(folder);
  return {
    http: endpoints.http,
    target: await findTarget({ stack: undefined, data: folder }),
    processes: () => [child.pid!, ...childrenOf(child.pid!)].flatMap((pid) => sample(pid, child) ?? []),
    databaseMb: () =>
      ['s3.sqlite', 's3.sqlite-wal']
        .map((file) => statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0)
        .reduce((sum, bytes) => sum + bytes / MB, 0),
    output: () => output,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await ended;
    },
  };
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

/** undefined for a process that has just ended. */
function sample(pid: number, cloud: ChildProcess): ProcessSample | undefined {
  try {
    const name =
      pid === cloud.pid
        ? 'local cloud'
        : /(?:^|\0)AWS_LAMBDA_FUNCTION_NAME=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1];
    if (name === undefined) return undefined;
    const fileDescriptors = readdirSync(`/proc/${pid}/fd`).length;
    return { pid, name, residentMb: memoryMb(pid, 'VmRSS'), fileDescriptors };
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
