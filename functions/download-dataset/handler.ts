import { downloadFiles } from '../download/download-files.ts';
import { downloadDatasetInput, downloadDatasetOutput } from '../schemas/payloads.ts';
import { defineStep } from '../step/define-step.ts';
import { downloadServices } from '../step/downloading.ts';

export const handler = defineStep({
  event: downloadDatasetInput,
  result: downloadDatasetOutput,
  ids: ({ files }) => ({ dataset: files[0]!.dataset }),
  services: downloadServices,
  run: ({ files }, services) => downloadFiles({ ...services, files }),
});
