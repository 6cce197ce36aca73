import type { Handler } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { requireEnv } from '../shared/environment.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { downloadDatasetInput, downloadDatasetOutput } from '../shared/payloads.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { downloadFile } from './download-file.ts';
import { parseMirrorAccess, parseMirrors } from './mirrors.ts';

export const handler: Handler = async (event: unknown, context) => {
  const { dataset, file, source } = parsePayload(downloadDatasetInput, event, 'event');
  logInvocation(context, { dataset, file });
  const access = parseMirrorAccess(process.env[ENV.mirrorAccess] ?? 'public');
  const mirrors = parseMirrors(process.env[ENV.datasetMirrors] ?? '', access);
  const store = createS3Store(requireEnv(ENV.bucket));
  const remainingMs = () => context.getRemainingTimeInMillis();
  const result = await downloadFile({ store, dataset, file, source, mirrors, access, remainingMs });
  return parsePayload(downloadDatasetOutput, result, 'result');
};
