/** What tests are skipped for: a reporter says it at the end of `npm test`, in one line. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type tools from '../../scripts/build/tools/package.json';

export interface Needs {
  skip: boolean;
  meta: { needs: string };
}

declare module 'vitest' {
  interface TaskMeta {
    /** What the test, or the group that it is in, is skipped without. */
    needs?: string;
  }
}

/**
 * Options of a test, or of a group of tests, that not every machine or every command runs.
 *
 * @param missing what is said where `isThere` is false, e.g. `no Chromium (set CHROMIUM_PATH)`
 */
export const needs = (isThere: boolean, missing: string): Needs => ({
  skip: !isThere,
  meta: { needs: missing },
});

/** Whether a package that `npm ci` leaves out is installed. */
export const hasTool = (name: keyof typeof tools.devDependencies): boolean =>
  existsSync(join(import.meta.dirname, '../../node_modules', name));

/** Whether this is `npm run proof`: the suite with all its cases, which takes a quarter of an hour and more. */
export const isProof = process.env.STEPNET_PROOF === '1';
/** Options of a test that only `npm run proof` runs. */
export const proofOnly = needs(isProof, 'long, for npm run proof');
/** How many cases `npm test` tries, and how many `npm run proof` tries. */
export const howMany = (inTest: number, inProof: number): number => (isProof ? inProof : inTest);

export const linuxOnly = needs(process.platform === 'linux', 'not Linux, whose /proc they read');
