import type { Handler } from 'aws-lambda';
import { datasetName } from '../../core/data/catalogue/user-dataset.ts';
import { ENV } from '../shared/contract.ts';
import { requireEnv } from '../shared/environment.ts';
import { logInvocation } from '../shared/logging.ts';
import { parsePayload } from '../shared/parse-payload.ts';
import { shardDatasetInput, shardDatasetOutput } from '../shared/payloads.ts';
import { createS3Store } from '../shared/s3-store.ts';
import { shardDataset } from './shard-dataset.ts';

export const handler: Handler = async (event: unknown, context) => {
  const { dataset } = parsePayload(shardDatasetInput, event, 'event');
  logInvocation(context, { dataset: datasetName(dataset) });
  const store = createS3Store(requireEnv(ENV.bucket));
  return parsePayload(shardDatasetOutput, await shardDataset({ store, dataset }), 'result');
};
