/** Names of the app's own metrics. */

/**
 * Names of the app's own metrics and their dimensions, which dashboards and alarms read. docs/models.md shows the
 * comments.
 */
export const METRICS = {
  /** Images a second of a chunk's steps */
  imagesPerSecond: 'ImagesPerSecond',
  /** US dollars of Lambda compute that a chunk of training is estimated to cost */
  dollars: 'EstimatedDollars',
  /** Accuracy of an evaluation on the training set */
  trainAccuracy: 'TrainAccuracy',
  /** Accuracy of an evaluation on the test set */
  testAccuracy: 'TestAccuracy',
  /** Loss of an evaluation on the test set */
  testLoss: 'TestLoss',
  /** 1 for a run whose result serves now, else 0; by model */
  promoted: 'Promoted',
  /** 1 for a run whose result is a version but does not serve, else 0; by model */
  notPromoted: 'NotPromoted',
  /** Requests on which a version was asked, whether it answered or was compared; by model and version */
  requests: 'Requests',
  /** Of those, the ones on which it failed */
  errors: 'Errors',
  /** Milliseconds that it took */
  latency: 'Latency',
  /** Requests on which a model's version on trial was asked */
  candidateRequests: 'CandidateRequests',
  /** Of those, the ones on which it failed */
  candidateErrors: 'CandidateErrors',
  /** Images on which the version on trial and the serving version were both asked */
  compared: 'Compared',
  /** Of those, the ones on which their classes differ */
  disagreements: 'Disagreements',
  byModel: 'Model',
  byVersion: 'Version',
} as const;
