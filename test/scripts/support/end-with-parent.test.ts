import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const watcher = join(import.meta.dirname, '../../../scripts/support/end-with-parent.cjs');

/** A process that computes for ever beside the thread. @returns what ended it */
async function watched(parent: string): Promise<unknown> {
  const script = `
    const { Worker } = require('node:worker_threads');
    new Worker(${JSON.stringify(watcher)}, { workerData: { parent: ${parent} } });
    for (const until = Date.now() + 2_000; Date.now() < until;);
    process.exit(7);`;
  const child = spawn(process.execPath, ['-e', script], { stdio: 'inherit' });
  const [code, signal] = await once(child, 'exit');
  return signal ?? code;
}

it('ends a process whose parent was gone before the thread could look', async () => {
  expect(await watched('process.ppid + 1')).toBe('SIGKILL');
});

it('leaves a process alone whose parent is there', async () => {
  expect(await watched('process.ppid')).toBe(7);
});
