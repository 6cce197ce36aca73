/** What an operator sees of predictions, and is told of them. */
import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Dashboard, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import { METRICS } from '../../functions/contract/metrics.ts';
import type { Settings } from '../settings.ts';
import type { StepnetFunction } from '../stepnet-function.ts';
import { Alarms, dashboardName, graph, PERIOD, SUM } from './alarms.ts';

export interface ServingMonitoringProps extends Pick<Settings, 'name' | 'alarmTopic' | 'hasAlarms'> {
  api: HttpApi;
  predict: StepnetFunction;
  /** Ends a trial when it is invoked by an alarm about one. */
  rollback: StepnetFunction;
  /** Starts runs and promotes versions; undefined where nobody may over HTTP. */
  manage: StepnetFunction | undefined;
  /** The model whose trials are watched. */
  model: string;
}

/** Milliseconds. A cold start is a second or two, and of few requests it is the slowest hundredth. */
const SLOW_MS = 5000;
/** Of a candidate's requests, and of the images on which it is compared. Two good networks differ on a few of 100. */
const MAX_ERROR_RATE = 0.05;
const MAX_DISAGREEMENT_RATE = 0.1;
/** A bad candidate is to be gone within a minute or two. */
const TRIAL_PERIOD = Duration.minutes(1);
/** Of fewer requests or images in a period nothing is said: one of three is a third. */
const LEAST_REQUESTS = 10;
const LEAST_IMAGES = 20;

export class ServingMonitoring extends Construct {
  constructor(scope: Construct, id: string, props: ServingMonitoringProps) {
    super(scope, id);
    const { name, api, predict } = props;
    const latency = (percentile: number) =>
      api.metricLatency({ period: PERIOD, statistic: Stats.p(percentile), label: `p${percentile}` });
    const errors = predict.metricErrors(SUM);
    const throttles = predict.metricThrottles(SUM);

    const alarms = new Alarms(this, props);
    alarms.add('ServerErrors', {
      metric: api.metricServerError(SUM),
      threshold: 5,
      description: 'The HTTP API answers with 5xx.',
    });
    alarms.add('FunctionErrors', {
      metric: errors,
      threshold: 1,
      description:
        'The predict function itself failed, which no request should make it do; its log says why.',
    });
    alarms.add('SlowAnswers', {
      metric: latency(99),
      threshold: SLOW_MS,
      periods: 3,
      description: `One answer of a hundred takes longer than ${SLOW_MS} ms.`,
    });

    alarms.add('RollbackErrors', {
      metric: props.rollback.metricErrors(SUM),
      threshold: 1,
      description:
        'An alarm about a trial could not end it: rollback-model failed, and its log says why. End the trial by hand.',
    });

    if (props.manage !== undefined) {
      alarms.add('ManageErrors', {
        metric: props.manage.metricErrors(SUM),
        threshold: 1,
        description:
          'The manage function itself failed, which no request should make it do; its log says why. Use npm run train, runs and models meanwhile.',
      });
    }

    const trial = trialOf(name, props.model);
    const endTrial = new LambdaAction(props.rollback, { useUniquePermissionId: true });
    const endedWhen = (id: string, metric: MathExpression, threshold: number, fault: string) =>
      alarms
        .add(id, {
          metric,
          threshold,
          description: `The version of ${props.model} on trial ${fault}; its trial is ended.`,
        })
        ?.addAlarmAction(endTrial);
    endedWhen('CandidateErrors', trial.errorRate, MAX_ERROR_RATE, 'fails');
    endedWhen(
      'CandidateDisagreement',
      trial.disagreementRate,
      MAX_DISAGREEMENT_RATE,
      'often says something else than what serves',
    );

    new Dashboard(this, 'Dashboard', {
      dashboardName: dashboardName(this, `${name}-serving`),
      widgets: [
        [
          graph('Requests', [
            api.metricCount({ ...SUM, label: 'all' }),
            api.metricClientError({ ...SUM, label: '4xx' }),
            api.metricServerError({ ...SUM, label: '5xx' }),
          ]),
          graph('Latency, ms', [50, 95, 99].map(latency), { min: 0 }),
          graph('The predict function', [
            predict.metricInvocations({ ...SUM, label: 'invocations' }),
            errors.with({ label: 'errors' }),
            throttles.with({ label: 'throttles' }),
          ]),
          ...(props.manage === undefined
            ? []
            : [
                graph('The manage function', [
                  props.manage.metricInvocations({ ...SUM, label: 'invocations' }),
                  props.manage.metricErrors({ ...SUM, label: 'errors' }),
                ]),
              ]),
        ],
        [
          graph('Requests by version', [byVersion(name, METRICS.requests, Stats.SUM)]),
          graph('Forward pass by version, ms', [byVersion(name, METRICS.latency, Stats.p(99))], { min: 0 }),
          graph(
            `Trial of ${props.model}: errors and disagreement, shares`,
            [trial.errorRate, trial.disagreementRate],
            { min: 0, max: 1 },
          ),
        ],
      ],
    });
  }
}

/** One line per version, found when the dashboard is looked at: nobody knows their numbers before. */
function byVersion(namespace: string, metric: string, statistic: string): MathExpression {
  // A name with a dash has to stand in quotes.
  const schema = [`"${namespace}"`, METRICS.byModel, METRICS.byVersion].join(',');
  const search = `{${schema}} MetricName="${metric}"`;
  return new MathExpression({
    expression: `SEARCH('${search}', '${statistic}', ${PERIOD.toSeconds()})`,
    label: `\${PROP('Dim.${METRICS.byModel}')} \${PROP('Dim.${METRICS.byVersion}')}`,
    period: PERIOD,
  });
}

/** What is known of a model's candidate, as shares that alarms can judge. */
function trialOf(namespace: string, model: string) {
  const sum = (metricName: string) =>
    new Metric({
      namespace,
      metricName,
      dimensionsMap: { [METRICS.byModel]: model },
      statistic: Stats.SUM,
      period: TRIAL_PERIOD,
    });
  return {
    errorRate: new MathExpression({
      expression: `IF(requests >= ${LEAST_REQUESTS}, errors / requests, 0)`,
      usingMetrics: { requests: sum(METRICS.candidateRequests), errors: sum(METRICS.candidateErrors) },
      label: 'errors',
      period: TRIAL_PERIOD,
    }),
    disagreementRate: new MathExpression({
      expression: `IF(compared >= ${LEAST_IMAGES}, disagreements / compared, 0)`,
      usingMetrics: { compared: sum(METRICS.compared), disagreements: sum(METRICS.disagreements) },
      label: 'disagreement',
      period: TRIAL_PERIOD,
    }),
  };
}
