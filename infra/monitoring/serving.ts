/** What an operator sees of predictions, and is told of them. */

import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Dashboard, GraphWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { StepnetFunction } from '../stepnet-function.ts';
import { Alarms, PERIOD } from './alarms.ts';

export interface ServingMonitoringProps {
  name: string;
  alarmTopic: string | undefined;
  api: HttpApi;
  predict: StepnetFunction;
}

/** Milliseconds. A cold start is a second or two, and of few requests it is the slowest hundredth. */
const SLOW_MS = 5000;

export class ServingMonitoring extends Construct {
  constructor(scope: Construct, id: string, props: ServingMonitoringProps) {
    super(scope, id);
    const { name, api, predict } = props;
    const sum = { period: PERIOD, statistic: Stats.SUM };
    const latency = (percentile: number) =>
      api.metricLatency({ period: PERIOD, statistic: Stats.p(percentile), label: `p${percentile}` });
    const errors = predict.metricErrors(sum);
    const throttles = predict.metricThrottles(sum);

    const alarms = new Alarms(this, props.alarmTopic);
    alarms.add('ServerErrors', {
      metric: api.metricServerError(sum),
      threshold: 5,
      description: 'The HTTP API answers with 5xx.',
    });
    alarms.add('FunctionErrors', {
      metric: errors,
      threshold: 1,
      description:
        'The predict function itself failed, which no request should make it do; its log says why.',
    });
    alarms.add('FunctionThrottles', {
      metric: throttles,
      threshold: 10,
      periods: 2,
      description: "Predictions are throttled: the account's concurrency is used up.",
    });
    alarms.add('SlowAnswers', {
      metric: latency(99),
      threshold: SLOW_MS,
      periods: 3,
      description: `One answer of a hundred takes longer than ${SLOW_MS} ms.`,
    });

    new Dashboard(this, 'Dashboard', {
      dashboardName: `${name}-serving`,
      widgets: [
        [
          new GraphWidget({
            title: 'Requests',
            left: [
              api.metricCount({ ...sum, label: 'all' }),
              api.metricClientError({ ...sum, label: '4xx' }),
              api.metricServerError({ ...sum, label: '5xx' }),
            ],
          }),
          new GraphWidget({ title: 'Latency, ms', left: [50, 95, 99].map(latency), leftYAxis: { min: 0 } }),
          new GraphWidget({
            title: 'The predict function',
            left: [
              predict.metricInvocations({ ...sum, label: 'invocations' }),
              errors.with({ label: 'errors' }),
              throttles.with({ label: 'throttles' }),
            ],
          }),
        ],
      ],
    });
  }
}
