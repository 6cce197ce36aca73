/** Faults of alarms and dashboards, with the rule that finds each. */
import { type Fault, find, OTHERWISE, remove, replace, templateOf } from './plant.ts';

export const FAULTS: readonly Fault[] = [
  {
    rule: 'alarmsWithinLimits',
    fault: 'an alarm for each function, as there were once',
    plant: (app) => {
      const { Resources } = templateOf(app, 'training');
      const one = find(app, 'training', 'AWS::CloudWatch::Alarm');
      for (let index = 0; index < 19; index++) Resources[`Again${index}`] = one;
    },
    finding: '37 alarm metrics, expected 18',
  },
  {
    rule: 'alarmsWithinLimits',
    fault: 'an alarm at its limit of ten metrics',
    plant: (app) => {
      const { Properties: properties } = find(
        app,
        'training',
        'AWS::CloudWatch::Alarm',
        'MonitoringThrottles',
      );
      const stat = { Metric: { Namespace: 'AWS/Lambda', MetricName: 'Throttles' }, Period: 300, Stat: 'Sum' };
      properties.Metrics = Array.from({ length: 10 }, (_, index) => ({ Id: `m${index}`, MetricStat: stat }));
    },
    finding: ': 10 metrics, an alarm takes 10',
  },
  {
    rule: 'alarmsWithinLimits',
    fault: 'an alarm that searches',
    plant: (app) =>
      replace(
        find(app, 'serving', 'AWS::CloudWatch::Alarm', 'MonitoringCandidateErrors'),
        'IF(requests >= 10, errors / requests, 0)',
        "SUM(SEARCH('{AWS/Lambda,FunctionName} Errors', 'Sum', 60))",
      ),
    finding: "an alarm can't SEARCH",
  },
  {
    rule: 'alarmsWithinLimits',
    fault: 'alarms that are paid for with alarms=off',
    context: { alarms: 'off' },
    plant: (app) => {
      const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { MetricName: 'Errors' } };
      templateOf(app, 'sweep').Resources.Alarm = alarm;
    },
    finding: '1 alarm metrics, expected 0',
  },
  {
    rule: 'alarmsWatchWhatActs',
    fault: 'a rollback that nobody watches',
    plant: (app) => remove(app, 'serving', 'AWS::CloudWatch::Alarm', 'MonitoringRollbackErrors'),
    finding: 'stepnet-serving RollbackModelFunction',
  },
  {
    rule: 'alarmsWatchWhatActs',
    fault: 'a machine that may fail unseen',
    plant: (app) => remove(app, 'batch', 'AWS::CloudWatch::Alarm', 'MonitoringBatchFailed'),
    finding: 'ExecutionsFailed: no alarm',
  },
  {
    rule: 'dashboardsAreRight',
    fault: 'a name that a second region has, too',
    plant: (app) => {
      find(app, 'serving', 'AWS::CloudWatch::Dashboard').Properties.DashboardName = 'stepnet-serving';
    },
    finding: "stepnet-serving doesn't end with the region",
  },
  {
    rule: 'dashboardsAreRight',
    fault: 'a name with a dash outside of quotes',
    context: OTHERWISE,
    plant: (app) =>
      replace(
        find(app, 'serving', 'AWS::CloudWatch::Dashboard'),
        '\\\\\\"my-net\\\\\\",Model',
        'my-net,Model',
      ),
    finding: 'SEARCH names my-net without quotes',
  },
  {
    rule: 'dashboardsAreRight',
    fault: 'a body that is cut off',
    plant: (app) => {
      find(app, 'training', 'AWS::CloudWatch::Dashboard').Properties.DashboardBody = '{"widgets":[';
    },
    finding: 'its body is no JSON',
  },
  {
    rule: 'dashboardsAreRight',
    fault: 'a graph of too many metrics',
    plant: (app) => {
      const metrics = Array.from({ length: 501 }, () => ['AWS/Lambda', 'Errors']);
      const body = JSON.stringify({ widgets: [{ properties: { metrics } }] });
      find(app, 'training', 'AWS::CloudWatch::Dashboard').Properties.DashboardBody = body;
    },
    finding: 'a graph of 501 metrics',
  },
];
