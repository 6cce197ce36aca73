import { along } from '../contract/states.ts';
import { runProgress, trainChunkInput } from '../schemas/payloads.ts';
import { defineStep } from '../step/define-step.ts';
import { progressReporter, trainingServices } from '../step/training.ts';
import { trainChunk } from './train-chunk.ts';

export const handler = defineStep({
  event: trainChunkInput,
  result: runProgress,
  ids: ({ runId }) => ({ runId }),
  services: (invocation) => ({
    ...trainingServices(invocation, along('turn').transitions),
    now: Date.now,
    report: progressReporter(),
  }),
  run: async (request, { report, ...services }) => report(await trainChunk({ ...request, ...services })),
});
