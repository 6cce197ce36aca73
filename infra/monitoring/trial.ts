/** What is known of a model's candidate, as shares that alarms can judge. */
import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from '../../functions/contract/metrics.ts';

/** A bad candidate is to be gone within a minute or two. */
const PERIOD = Duration.minutes(1);
/** Of fewer requests or images in a period nothing is said: one of three is a third. */
const LEAST_REQUESTS = 10;
const LEAST_IMAGES = 20;

export class Trial {
  readonly errorRate: MathExpression;
  readonly disagreementRate: MathExpression;

  constructor(namespace: string, model: string) {
    const sum = (metricName: string) =>
      new Metric({
        namespace,
        metricName,
        dimensionsMap: { [METRICS.byModel]: model },
        statistic: Stats.SUM,
        period: PERIOD,
      });
    this.errorRate = new MathExpression({
      expression: `IF(requests >= ${LEAST_REQUESTS}, errors / requests, 0)`,
      usingMetrics: { requests: sum(METRICS.candidateRequests), errors: sum(METRICS.candidateErrors) },
      label: 'errors',
      period: PERIOD,
    });
    this.disagreementRate = new MathExpression({
      expression: `IF(compared >= ${LEAST_IMAGES}, disagreements / compared, 0)`,
      usingMetrics: { compared: sum(METRICS.compared), disagreements: sum(METRICS.disagreements) },
      label: 'disagreement',
      period: PERIOD,
    });
  }
}
