import type { Handler } from 'aws-lambda';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { ENV } from '../contract/environment.ts';
import { logInvocation } from '../observe/logging.ts';
import { parsePayload } from '../schemas/parse.ts';
import { shardDatasetInput, shardDatasetOutput } from '../schemas/payloads.ts';
import { requireEnv } from '../step/environment.ts';
import { createS3Store } from '../store/s3-store.ts';
import { shardDataset } from './shard-dataset.ts';

export const handler: Handler = async (event: unknown, context) => {
  const { dataset } = parsePayload(shardDatasetInput, event, 'event');
  logInvocation(context, { dataset: datasetName(dataset) });
  const store = createS3Store(requireEnv(ENV.bucket));
  return parsePayload(shardDatasetOutput, await shardDataset({ store, dataset }), 'result');
};
