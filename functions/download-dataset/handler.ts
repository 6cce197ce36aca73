import type { Handler } from 'aws-lambda';
import { ENV } from '../contract/environment.ts';
import { logInvocation } from '../observe/logging.ts';
import { parsePayload } from '../schemas/parse.ts';
import { downloadDatasetInput, downloadDatasetOutput } from '../schemas/payloads.ts';
import { requireEnv } from '../step/environment.ts';
import { createS3Store } from '../store/s3-store.ts';
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
