/** Synthesizes the app once for all tests that read or run the assembly. */
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesize } from '../../scripts/synthesize.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the cloud assembly. */
    assembly: string;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  // Kept between runs: it is made again when a source has changed.
  const { assembly } = await synthesize(join(import.meta.dirname, '../../node_modules/.cache/stepnet-test'));
  project.provide('assembly', assembly);
}
