/** Servers for tests, ended with them: in this process, and in one of their own that can be killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type S3Server,
  type S3ServerOptions,
  startS3Server,
} from '../../../../../scripts/cloud/s3/server.ts';

/** A server with the bucket "bucket". */
export async function startServer(options: S3ServerOptions): Promise<S3Server> {
  const server = await startS3Server(options);
  onTestFinished(() => server.close());
  server.createBucket('bucket');
  return server;
}

export interface ChildServer {
  endpoint: string;
  pid: number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** A server with the bucket "bucket" over `file` in a process of its own. */
export async function startChild(file: string): Promise<ChildServer> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    exited.then(([code]) => Promise.reject(new Error(`the server exited with ${code}`))),
  ]);
  return { endpoint: String(line).trim(), pid: child.pid!, kill };
}
