/** What monitoring is made of: alarms that say what is wrong and, where a topic is given, tell it; graphs. */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  GraphWidget,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
  type YAxisProps,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { requireRegion } from '../region.ts';
import type { Settings } from '../settings.ts';

/** Long enough that one odd minute is no alarm, short enough to hear of a bad deployment soon. */
export const PERIOD = Duration.minutes(5);

/** What happened in a period. */
export const SUM = { period: PERIOD, statistic: Stats.SUM };

export interface AlarmRule {
  metric: IMetric;
  /** The alarm goes off at this value or above. */
  threshold: number;
  /** Periods in a row; 1 by default. */
  periods?: number;
  description: string;
}

export class Alarms {
  readonly #scope: Construct;
  readonly #topic: ITopic | undefined;
  readonly #isOn: boolean;

  /** The topic is told of every change of an alarm; without one, alarms are only seen. */
  constructor(scope: Construct, { alarmTopic, hasAlarms }: Pick<Settings, 'alarmTopic' | 'hasAlarms'>) {
    this.#scope = scope;
    this.#isOn = hasAlarms;
    if (alarmTopic !== undefined) requireRegion(scope, 'TopicRegion', 'alarmTopic', alarmTopic);
    this.#topic =
      alarmTopic === undefined || !hasAlarms
        ? undefined
        : Topic.fromTopicArn(scope, 'AlarmTopic', alarmTopic);
  }

  /** @returns undefined where the operator wants no alarms */
  add(id: string, { metric, threshold, periods = 1, description }: AlarmRule): Alarm | undefined {
    if (!this.#isOn) return undefined;
    const alarm = new Alarm(this.#scope, id, {
      metric,
      threshold,
      evaluationPeriods: periods,
      alarmDescription: description,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Nothing runs most of the time, and what doesn't run isn't wrong.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (this.#topic !== undefined) {
      const action = new SnsAction(this.#topic);
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
    return alarm;
  }
}

/** Of a state machine: an execution that failed, or took longer than it may. */
export function addExecutionAlarms(alarms: Alarms, machine: StateMachine, whatToDo: string): void {
  const { id } = machine.node;
  const add = (what: string, metric: IMetric, happened: string) =>
    alarms.add(`${id}${what}`, {
      metric,
      threshold: 1,
      description: `An execution of ${id} ${happened}; ${whatToDo}.`,
    });
  add('Failed', machine.metricFailed(SUM), 'failed');
  add('TimedOut', machine.metricTimedOut(SUM), 'took longer than it may');
}

/**
 * One figure of all functions together, e.g. their errors. CloudWatch takes ten metrics in one alarm.
 *
 * @param label lowercase letters, which also tell the figures of two expressions in one graph apart
 */
export function totalOf(
  functions: readonly IFunction[],
  metricOf: (fn: IFunction) => IMetric,
  label: string,
): MathExpression {
  const usingMetrics = Object.fromEntries(functions.map((fn, index) => [`${label}${index}`, metricOf(fn)]));
  const expression = `SUM([${Object.keys(usingMetrics).join(',')}])`;
  return new MathExpression({ expression, usingMetrics, period: PERIOD, label });
}

/** Dashboards are of an account, whatever their region: two deployments in two regions need two names. */
export const dashboardName = (scope: Construct, name: string): string => `${name}-${Stack.of(scope).region}`;

/** A graph of a dashboard. */
export const graph = (title: string, left: IMetric[], leftYAxis?: YAxisProps): GraphWidget =>
  new GraphWidget({ title, left, ...(leftYAxis === undefined ? {} : { leftYAxis }) });
