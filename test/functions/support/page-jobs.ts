/** Runs on MNIST's first rows that tests of the page look at. */

/** Knows digits after two seconds. */
export const DIGITS_JOB = { iterations: 1500, chunkIterations: 1500, evaluateEvery: 1500, learningRate: 0.5 };
/** Many short chunks: there is time to watch it. */
export const WATCHED_JOB = {
  iterations: 1000,
  // It is the worse one.
  promotion: 'always',
  chunkIterations: 25,
  evaluateEvery: 100,
  learningRate: 0.1,
  seed: 1,
  maxDollars: 1,
  maxSeconds: 3600,
};
