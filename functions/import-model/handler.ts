import { startStopwatch } from '../run/stopwatch.ts';
import { importModelInput, runProgress } from '../schemas/payloads.ts';
import { bucketStore, defineStep } from '../step/define-step.ts';
import { kernelsFor, progressReporter } from '../step/training.ts';
import { importModel } from './import-model.ts';

/**
 * Share of the function's memory that the weights may take: they are there several times, as the file, unpacked, in
 * the kernels and as the checkpoint, beside the dataset.
 */
const MEMORY_SHARE = 1 / 8;

export const handler = defineStep({
  event: importModelInput,
  result: runProgress,
  ids: ({ runId }) => ({ runId }),
  services: ({ memoryMb }) => ({
    memoryMb,
    stopwatch: startStopwatch(memoryMb),
    store: bucketStore(),
    maxBytes: memoryMb * MEMORY_SHARE * 1024 * 1024,
    report: progressReporter(),
  }),
  run: async (request, { report, memoryMb, ...services }) => {
    const backend = kernelsFor(request.config.backend, memoryMb);
    return report(await importModel({ ...request, ...services, backend }));
  },
});
