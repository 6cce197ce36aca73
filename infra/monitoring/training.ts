/** What an operator sees of training and imports, and is told of them. */
import { Dashboard, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { METRICS } from '../../functions/contract/metrics.ts';
import type { Settings } from '../settings.ts';
import type { StepnetFunction } from '../stepnet-function.ts';
import { Alarms, addExecutionAlarms, dashboardName, graph, PERIOD, SUM, totalOf } from './alarms.ts';

export interface TrainingMonitoringProps extends Pick<Settings, 'name' | 'alarmTopic' | 'hasAlarms'> {
  stateMachines: readonly StateMachine[];
  functions: readonly StepnetFunction[];
}

export class TrainingMonitoring extends Construct {
  constructor(scope: Construct, id: string, props: TrainingMonitoringProps) {
    super(scope, id);
    const { name, stateMachines, functions } = props;
    const own = (metricName: string, statistic: string) =>
      new Metric({ namespace: name, metricName, statistic, period: PERIOD });
    const errors = totalOf(functions, (fn) => fn.metricErrors(SUM), 'errors');
    const throttles = totalOf(functions, (fn) => fn.metricThrottles(SUM), 'throttles');

    const alarms = new Alarms(this, props);
    for (const machine of stateMachines) {
      addExecutionAlarms(
        alarms,
        machine,
        'runs/{id}/status.json says why; a run goes on from its last checkpoint in an execution called {id}.1, {id}.2 and so on, with the same input',
      );
    }
    // One metric of all functions, as the concurrency that is used up is the account's; each metric of an alarm is paid for.
    // Errors of single functions need none: what retries don't ride out fails an execution.
    alarms.add('Throttles', {
      metric: new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', ...SUM }),
      threshold: 10,
      periods: 2,
      description: "Functions are throttled: the account's concurrency in this region is used up.",
    });

    new Dashboard(this, 'Dashboard', {
      dashboardName: dashboardName(this, `${name}-training`),
      widgets: [
        [
          graph(
            'Accuracy of the newest evaluation',
            [own(METRICS.trainAccuracy, Stats.AVERAGE), own(METRICS.testAccuracy, Stats.AVERAGE)],
            { min: 0, max: 1 },
          ),
          graph('Loss on the test set of the newest evaluation', [own(METRICS.testLoss, Stats.AVERAGE)], {
            min: 0,
          }),
          graph('Throughput, images/s', [own(METRICS.imagesPerSecond, Stats.AVERAGE)], { min: 0 }),
          graph('Estimated Lambda compute of training, dollars', [own(METRICS.dollars, Stats.SUM)], {
            min: 0,
          }),
        ],
        [
          graph(
            'Executions',
            stateMachines.flatMap((machine) => [
              machine.metricSucceeded({ ...SUM, label: `${machine.node.id} succeeded` }),
              machine.metricFailed({ ...SUM, label: `${machine.node.id} failed` }),
              machine.metricTimedOut({ ...SUM, label: `${machine.node.id} timed out` }),
            ]),
          ),
          graph('Errors and throttles of functions', [errors, throttles]),
          graph(
            'Duration of functions, ms',
            functions.map((fn) =>
              fn.metricDuration({ period: PERIOD, statistic: Stats.p(99), label: fn.node.id }),
            ),
          ),
        ],
      ],
    });
  }
}
