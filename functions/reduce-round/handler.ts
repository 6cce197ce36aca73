import { along } from '../contract/states.ts';
import { reduceRoundInput, runProgress } from '../schemas/payloads.ts';
import { defineStep } from '../step/define-step.ts';
import { progressReporter, trainingServices } from '../step/training.ts';
import { reduceRound } from './reduce-round.ts';

export const handler = defineStep({
  event: reduceRoundInput,
  result: runProgress,
  ids: ({ runId }) => ({ runId }),
  services: (invocation) => ({
    ...trainingServices(invocation, along('round').transitions),
    now: Date.now,
    report: progressReporter(),
  }),
  run: async (request, { report, ...services }) => report(await reduceRound({ ...request, ...services })),
});
