import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { shardDatasetInput, shardDatasetOutput } from '../schemas/payloads.ts';
import { bucketStore, defineStep } from '../step/define-step.ts';
import { shardDataset } from './shard-dataset.ts';

export const handler = defineStep({
  event: shardDatasetInput,
  result: shardDatasetOutput,
  ids: ({ dataset }) => ({ dataset: datasetName(dataset) }),
  services: () => ({ store: bucketStore() }),
  run: ({ dataset }, { store }) => shardDataset({ store, dataset }),
});
