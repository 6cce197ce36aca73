/** Names of the app's own metrics. */

/** Names of the app's own metrics and their dimensions, which dashboards and alarms read. */
export const METRICS = {
  imagesPerSecond: 'ImagesPerSecond',
  /** Estimated Lambda compute of training. */
  dollars: 'EstimatedDollars',
  trainAccuracy: 'TrainAccuracy',
  testAccuracy: 'TestAccuracy',
  testLoss: 'TestLoss',
  promoted: 'Promoted',
  notPromoted: 'NotPromoted',
  /** Of a version: requests on which it was asked, whether it answered or was compared. */
  requests: 'Requests',
  errors: 'Errors',
  latency: 'Latency',
  /** Of a model's candidate. */
  candidateRequests: 'CandidateRequests',
  candidateErrors: 'CandidateErrors',
  /** Images on which the candidate and the serving version were both asked, and those with different classes. */
  compared: 'Compared',
  disagreements: 'Disagreements',
  byModel: 'Model',
  byVersion: 'Version',
} as const;
