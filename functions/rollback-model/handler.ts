import type { Handler } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { logInvocation } from '../observe/logging.ts';
import { parsePayload } from '../schemas/parse.ts';
import { alarmEvent, rollbackModelOutput } from '../schemas/payloads.ts';
import { requireEnv } from '../step/environment.ts';
import { createS3Store } from '../store/s3-store.ts';
import { rollbackModel } from './rollback-model.ts';

export const handler: Handler = async (event: unknown, context) => {
  const alarm = parsePayload(alarmEvent, event, 'event');
  logInvocation(context, { alarm: alarm.alarmData.alarmName });
  const store = createS3Store(requireEnv(ENV.bucket));
  return parsePayload(rollbackModelOutput, await rollbackModel(store, alarm), 'result');
};
