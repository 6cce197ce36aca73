import type { Handler } from 'aws-lambda';
import { ENV } from '../shared/contract.ts';
import { requireEnv } from '../shared/environment.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { downloadDatasetInput, downloadDatasetOutput } from '../shared/schemas.ts';
import { downloadFile } from './download-file.ts';

export const handler: Handler = async (event: unknown) => {
  const { dataset, file } = parsePayload(downloadDatasetInput, event, 'event');
  const mirrors = (process.env[ENV.datasetMirrors] ?? '').split(',').filter((mirror) => mirror !== '');
  const store = createS3Store(requireEnv(ENV.bucket));
  return parsePayload(downloadDatasetOutput, await downloadFile({ store, dataset, file, mirrors }), 'result');
};
