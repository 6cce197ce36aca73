/** Settings of what an operator is told, and of what is kept of it. */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Given, Setting } from './reader.ts';

/** What CloudWatch takes. */
const LOG_DAYS = Object.values(RetentionDays).filter(
  (days) => typeof days === 'number' && days !== RetentionDays.INFINITE,
) as RetentionDays[];

export const WATCHING = {
  alarmTopic: {
    example: 'arn:aws:sns:eu-west-1:123456789012:alarms',
    meaning: 'the SNS topic that alarms are sent to',
    otherwise: 'you see alarms only in CloudWatch',
  },
  alarms: {
    example: 'off',
    meaning:
      '`on` or `off`. Alarms are paid for by the month ([cost.md](cost.md#at-rest)); without them nothing ends the trial of a bad candidate',
    otherwise: '`on`',
  },
  keepLogs: {
    example: '90',
    meaning: `days that logs are kept, one of ${LOG_DAYS.join(', ')}`,
    otherwise: `${RetentionDays.ONE_MONTH}`,
  },
} as const satisfies Record<string, Setting>;

export interface WatchingSettings {
  /** Whether there are alarms at all. */
  hasAlarms: boolean;
  /** ARN of an SNS topic that alarms are sent to; without one they are only seen in CloudWatch. */
  alarmTopic: string | undefined;
  /** Days that logs are kept. */
  keepLogs: RetentionDays;
}

const TOPIC_ARN = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/;

type WatchingGiven = Given<keyof typeof WATCHING>;

export function readWatching(given: WatchingGiven): WatchingSettings {
  const alarmTopic = given.matching('alarmTopic', TOPIC_ARN, "an SNS topic's ARN");
  const hasAlarms = given.word('alarms', ['on', 'off']) === 'on';
  if (!hasAlarms && alarmTopic !== undefined) given.refuse('alarmTopic', 'nothing with alarms=off');
  return { hasAlarms, alarmTopic, keepLogs: readDays(given) };
}

function readDays(given: WatchingGiven): RetentionDays {
  const days = Number(given.text('keepLogs') ?? RetentionDays.ONE_MONTH);
  if (LOG_DAYS.includes(days)) return days;
  const near = [LOG_DAYS.findLast((allowed) => allowed < days), LOG_DAYS.find((allowed) => allowed > days)];
  const nearest = near.filter((allowed) => allowed !== undefined).join(' or ');
  const advice = nearest === '' ? '' : `; did you mean ${nearest}?`;
  return given.refuse('keepLogs', `days that CloudWatch has, one of ${LOG_DAYS.join(', ')}${advice}`);
}
