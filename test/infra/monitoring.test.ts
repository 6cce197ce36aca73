/** Alarms and dashboards: what is watched, from where on it is an alarm, and who is told. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../functions/contract/metrics.ts';
import { resourcesOf, templates } from './templates.ts';

const all = Object.fromEntries(
  Object.entries(templates()).map(([stack, template]) => [stack, resourcesOf(template)]),
);
const ofType = (stack: string, type: string) => all[stack]!.filter((resource) => resource.type === type);

/** What an alarm looks at: `namespace/metric{dimensions}`, or the same for each metric of an expression. */
function watched(properties: Record<string, unknown>): string | string[] {
  const name = ({ Namespace, MetricName, Dimensions = [] }: Record<string, unknown>) => {
    const dimensions = (Dimensions as { Name: string; Value: string }[]).map((d) => `${d.Name}=${d.Value}`);
    return `${Namespace}/${MetricName}{${dimensions.join(',')}}`;
  };
  const { Metrics } = properties as { Metrics?: { MetricStat?: { Metric: Record<string, unknown> } }[] };
  if (Metrics === undefined) return name(properties);
  return Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : name(MetricStat.Metric)));
}

const alarmsOf = (stack: string) =>
  Object.fromEntries(
    ofType(stack, 'AWS::CloudWatch::Alarm').map(({ id, properties }) => [
      id.replace('Monitoring', ''),
      { properties, watched: watched(properties) },
    ]),
  );

describe('alarms', () => {
  it.each(['training', 'serving'])(
    'of %s: nothing that runs is nothing wrong, and each says what is',
    (stack) => {
      const alarms = Object.entries(alarmsOf(stack));
      expect(alarms.length).toBeGreaterThanOrEqual(4);
      for (const [id, { properties }] of alarms) {
        expect(properties).toMatchObject({
          TreatMissingData: 'notBreaching',
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        });
        expect(properties.AlarmDescription).toMatch(/^[A-Z].*\.$/);
        if (!id.startsWith('Candidate')) expect(properties).not.toHaveProperty('AlarmActions');
      }
    },
  );

  it('go off at one execution that failed or timed out, of any state machine', () => {
    const alarms = { ...alarmsOf('training'), ...alarmsOf('batch'), ...alarmsOf('sweep') };
    for (const machine of ['Training', 'Import', 'Batch', 'Sweep']) {
      for (const [what, metric] of [
        ['Failed', 'ExecutionsFailed'],
        ['TimedOut', 'ExecutionsTimedOut'],
      ]) {
        expect(alarms[`${machine}${what}`]).toMatchObject({
          watched: `AWS/States/${metric}{StateMachineArn=<${machine}>}`,
          properties: { Threshold: 1, EvaluationPeriods: 1, Period: 300, Statistic: 'Sum' },
        });
      }
    }
  });

  it('watch throttles by one metric of all functions, as the concurrency is the account’s', () => {
    expect(alarmsOf('training').Throttles).toMatchObject({
      watched: 'AWS/Lambda/Throttles{}',
      properties: { Threshold: 10, EvaluationPeriods: 2, Statistic: 'Sum' },
    });
  });

  it('watch 5xx, errors and the slowest hundredth of predictions, and errors of who ends trials or manages', () => {
    const alarms = alarmsOf('serving');
    expect(alarms.ServerErrors).toMatchObject({ watched: 'AWS/ApiGateway/5xx{ApiId=<Api>}' });
    expect(alarms.FunctionErrors!.watched).toBe('AWS/Lambda/Errors{FunctionName=<PredictFunction>}');
    expect(alarms.RollbackErrors).toMatchObject({
      watched: 'AWS/Lambda/Errors{FunctionName=<RollbackModelFunction>}',
      properties: { Threshold: 1 },
    });
    expect(alarms.ManageErrors).toMatchObject({
      watched: 'AWS/Lambda/Errors{FunctionName=<ManageFunction>}',
      properties: { Threshold: 1 },
    });
    expect(alarms.SlowAnswers).toMatchObject({
      watched: ['AWS/ApiGateway/Latency{ApiId=<Api>}'],
      properties: { Metrics: [{ MetricStat: { Stat: 'p99' } }], Threshold: 5000, EvaluationPeriods: 3 },
    });
  });

  it("end a candidate's trial when it fails or often says something else, whatever its number", () => {
    const alarms = alarmsOf('serving');
    for (const [id, metrics, threshold] of [
      ['CandidateErrors', ['CandidateErrors', 'CandidateRequests'], 0.05],
      ['CandidateDisagreement', ['Compared', 'Disagreements'], 0.1],
    ] as const) {
      const { properties, watched: seen } = alarms[id]!;
      expect([seen].flat().sort()).toEqual(metrics.map((metric) => `stepnet/${metric}{Model=mnist}`));
      expect(properties).toMatchObject({
        Threshold: threshold,
        EvaluationPeriods: 1,
        AlarmActions: ['<RollbackModelFunction.Arn>'],
      });
      expect(properties).not.toHaveProperty('OKActions');
    }
    const permissions = ofType('serving', 'AWS::Lambda::Permission')
      .map(({ properties }) => properties)
      .filter(({ FunctionName }) => FunctionName === '<RollbackModelFunction.Arn>');
    // Each alarm by its own ARN, not any alarm of the account.
    expect(permissions.map(({ SourceArn }) => SourceArn).sort()).toEqual([
      expect.stringMatching(/^<MonitoringCandidate\w+\.Arn>$/),
      expect.stringMatching(/^<MonitoringCandidate\w+\.Arn>$/),
    ]);
  });
});

it('the docs say what alarms cost by the month: ten cents a metric', () => {
  const metrics = Object.keys(all).flatMap((stack) =>
    Object.values(alarmsOf(stack)).flatMap(({ watched: seen }) => seen),
  );
  const cost = readFileSync(join(import.meta.dirname, '../../docs/cost.md'), 'utf8');
  expect(cost).toContain(`${metrics.length} alarm metrics, $${(metrics.length / 10).toFixed(2)}`);
  // An alarm takes ten metrics at most.
  for (const stack of Object.keys(all)) {
    for (const { watched: seen } of Object.values(alarmsOf(stack))) {
      expect([seen].flat().length).toBeLessThan(10);
    }
  }
});

interface Widget {
  properties: { metrics: [string | { expression: string }, ...unknown[]][] };
}

describe('dashboards', () => {
  const bodyOf = (stack: string) => {
    const [dashboard, ...others] = ofType(stack, 'AWS::CloudWatch::Dashboard');
    expect(others).toEqual([]);
    // Dashboards are of an account: two regions need two names.
    expect(dashboard!.properties.DashboardName).toBe(`stepnet-${stack}-<AWS::Region>`);
    return JSON.parse(String(dashboard!.properties.DashboardBody));
  };
  const text = (stack: string) => JSON.stringify(bodyOf(stack));

  it('of training shows the runs, their executions and functions', () => {
    expect(bodyOf('training').widgets.length).toBe(7);
    for (const metric of [METRICS.imagesPerSecond, METRICS.dollars, METRICS.testAccuracy, METRICS.testLoss]) {
      expect(text('training')).toContain(`["stepnet","${metric}"`);
    }
    expect(text('training')).toContain('"ExecutionsFailed"');
  });

  it('of serving shows requests, latency and the function', () => {
    for (const metric of ['5xx', '4xx', 'Latency', 'Invocations', 'Throttles']) {
      expect(text('serving')).toContain(`"${metric}"`);
    }
    const expressions = bodyOf('serving').widgets.flatMap(({ properties }: Widget) =>
      properties.metrics.flatMap(([first]) => (typeof first === 'object' ? [first.expression] : [])),
    );
    expect(expressions).toEqual([
      `SEARCH('{"stepnet",Model,Version} MetricName="Requests"', 'Sum', 300)`,
      `SEARCH('{"stepnet",Model,Version} MetricName="Latency"', 'p99', 300)`,
      'IF(requests >= 10, errors / requests, 0)',
      'IF(compared >= 20, disagreements / compared, 0)',
    ]);
  });
});
