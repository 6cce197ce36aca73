/** Test files that take 15 s and more begin first, so that none is left over when the others are done. */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From the longest on. The rest begins as vitest has it: by their last times, or else by their sizes. */
const LONG = [
  'functions/predict/page',
  'scripts/kill-test/kills',
  'scripts/local/iam/least-privilege',
  'scripts/start',
  'scripts/simulate/simulation',
  'scripts/import-model',
  'scripts/local/pipeline',
  'scripts/local/sweep',
  'scripts/local/rounds',
  'scripts/long-runs/rolling-over',
  'scripts/synthesize',
  'scripts/plan/against-runs',
].map((name) => `${name}.test.ts`);

const TESTS = `${import.meta.dirname}/..`;

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONG.indexOf(relative(TESTS, moduleId));
      return index === -1 ? LONG.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
