/** A mistake that tests have to notice. */
import type { Change } from './apply.ts';

export interface Mutation {
  /** What is wrong then, as the table in docs/reliability.md says it. */
  name: string;
  changes: readonly Change[];
  /** Files or folders of tests, at least one of which has to fail; `npm test` runs them all. */
  tests: readonly string[];
}

/** A mutation of one place. */
export const mistake = (
  name: string,
  file: string,
  find: string,
  replace: string,
  tests: string | readonly string[],
  within?: string,
): Mutation => ({
  name,
  changes: [{ file, find, replace, ...(within === undefined ? {} : { within }) }],
  tests: [tests].flat(),
});
