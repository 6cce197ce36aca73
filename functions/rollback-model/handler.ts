import type { Handler } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { requireEnv } from '../shared/environment.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { alarmEvent, rollbackModelOutput } from '../shared/payloads.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { rollbackModel } from './rollback-model.ts';

export const handler: Handler = async (event: unknown, context) => {
  const alarm = parsePayload(alarmEvent, event, 'event');
  logInvocation(context, { alarm: alarm.alarmData.alarmName });
  const store = createS3Store(requireEnv(ENV.bucket));
  return parsePayload(rollbackModelOutput, await rollbackModel(store, alarm), 'result');
};
