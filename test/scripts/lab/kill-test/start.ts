/** What the tests of kills and faults share: a short job of many chunks, its bytes, and starts that end with the test. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject, onTestFinished, vi } from 'vitest';
import { killIfThere } from '../../../../scripts/lab/kill-test/processes.ts';
import { Started } from '../../../../scripts/lab/kill-test/started.ts';

export const JOB = [
  '--iterations=400',
  '--chunk-iterations=10',
  '--evaluate-every=400',
  '--learning-rate=0.5',
];

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'stepnet-fault-'));

/** Makes `folder` a data folder that has the synthesized app already, as after the first start. */
export function withApp(folder: string): string {
  mkdirSync(folder, { recursive: true });
  cpSync(dirname(inject('assembly')), folder, { recursive: true });
  return folder;
}

/** A copy of a data folder, removed with the test. */
export function copyOf(data: string): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(data, folder, { recursive: true });
  return folder;
}

/** `npm start -- --exit` on the data folder. */
export function startOn(data: string, environment: Record<string, string> = {}): Started {
  const started = new Started(data, ['--exit', ...JOB], environment);
  onTestFinished(async () => {
    killIfThere(-started.pid);
    await started.exit;
  });
  return started;
}

/** Waits until the start has said so. @throws Error when it ends before */
export async function said(started: Started, pattern: RegExp): Promise<void> {
  await vi.waitUntil(
    () => {
      const isThere = pattern.test(started.words);
      if (!isThere && started.ended) throw new Error(`ended before ${pattern}:\n${started.words}`);
      return isThere;
    },
    { timeout: 150_000, interval: 10 },
  );
}
