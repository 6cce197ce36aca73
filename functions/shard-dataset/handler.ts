import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import { shardDatasetInput, shardDatasetOutput } from '../schemas/payloads.ts';
import { defineStep } from '../step/define-step.ts';
import { downloadServices } from '../step/downloading.ts';
import { prepareDataset } from './prepare-dataset.ts';

export const handler = defineStep({
  event: shardDatasetInput,
  result: shardDatasetOutput,
  ids: ({ dataset }) => ({ dataset: datasetName(dataset) }),
  services: downloadServices,
  run: (request, services) => prepareDataset({ ...request, ...services }),
});
