/** Runs a script in a process of its own, which must end by itself. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Ends a process that hangs, which is then an error; far more than any of these scripts takes. */
const TIMEOUT_MS = 30_000;

/** @param source an ES module; `core/` and `functions/` in its imports are the folders. @returns what it prints */
export async function runScript(source: string, flags: readonly string[] = []): Promise<string> {
  const root = new URL('../..', import.meta.url).href;
  const folder = await mkdtemp(join(tmpdir(), 'stepnet-script-'));
  try {
    const file = join(folder, 'script.mjs');
    await writeFile(file, source.replaceAll(/from '(core|functions)\//g, `from '${root}$1/`));
    const options = { timeout: TIMEOUT_MS };
    return (await promisify(execFile)(process.execPath, [...flags, file], options)).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}
