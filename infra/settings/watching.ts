/** Settings of what an operator is told. */
import type { Given, Setting } from './reader.ts';

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
} as const satisfies Record<string, Setting>;

export interface WatchingSettings {
  /** Whether there are alarms at all. */
  hasAlarms: boolean;
  /** ARN of an SNS topic that alarms are sent to; without one they are only seen in CloudWatch. */
  alarmTopic: string | undefined;
}

const TOPIC_ARN = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/;

export function readWatching(given: Given<keyof typeof WATCHING>): WatchingSettings {
  const alarmTopic = given.matching('alarmTopic', TOPIC_ARN, "an SNS topic's ARN");
  const hasAlarms = given.word('alarms', ['on', 'off']) === 'on';
  if (!hasAlarms && alarmTopic !== undefined) given.refuse('alarmTopic', 'nothing with alarms=off');
  return { hasAlarms, alarmTopic };
}
