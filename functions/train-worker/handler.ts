import { along } from '../contract/states.ts';
import { trainWorkerInput, trainWorkerOutput } from '../schemas/payloads.ts';
import { defineStep } from '../step/define-step.ts';
import { trainingServices } from '../step/training.ts';
import { failureOf, trainWorker } from './train-worker.ts';

export const handler = defineStep({
  event: trainWorkerInput,
  result: trainWorkerOutput,
  ids: ({ runId, worker }) => ({ runId, worker: String(worker) }),
  services: (invocation) => trainingServices(invocation, along('worker').transitions),
  run: (request, services) =>
    trainWorker({ ...request, ...services }).catch((reason: unknown) => failureOf(request.worker, reason)),
});
