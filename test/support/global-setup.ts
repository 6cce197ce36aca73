/**
 * Synthesizes the app once for all tests that read or run the assembly, makes a store that has MNIST for those that only
 * train on it, and takes away what tests leave in the temporary folder.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesize } from '../../scripts/build/synthesize.ts';
import { makeMnistStore } from './mnist-store.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the cloud assembly; its marker of the sources lies beside it. */
    assembly: string;
    /** A data folder's store in which MNIST is downloaded and cut into shards. */
    mnistStore: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  // Kept between runs: it is made again when a source has changed.
  const cache = join(import.meta.dirname, '../../node_modules/.cache/stepnet-test');
  const { assembly } = await synthesize(cache);
  // A copy, which another run that finds changed sources does not take away.
  const own = mkdtempSync(join(tmpdir(), 'stepnet-test-'));
  const copy = join(own, 'app');
  cpSync(cache, copy, { recursive: true });
  project.provide('assembly', join(copy, basename(assembly)));
  const mnistStore = join(own, 's3.sqlite');
  await makeMnistStore(mnistStore, assembly);
  project.provide('mnistStore', mnistStore);
  // The processes of the tests inherit it. Every `new App()` of the CDK, for one, leaves its assembly behind.
  process.env.TMPDIR = own;
  return () => rmSync(own, { recursive: true, force: true });
}
