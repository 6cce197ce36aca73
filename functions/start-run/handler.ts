import { ENV } from '../contract/environment.ts';
import { along } from '../contract/states.ts';
import { runProgress, startRunInput } from '../schemas/payloads.ts';
import { defineStep, requireEnv } from '../step/define-step.ts';
import { progressReporter, trainingServices } from '../step/training.ts';
import { startRun } from './start-run.ts';

export const handler = defineStep({
  event: startRunInput,
  result: runProgress,
  ids: ({ runId }) => ({ runId }),
  services: (invocation) => ({
    ...trainingServices(invocation, along('start').transitions),
    now: Date.now,
    turnsPerExecution: Number(requireEnv(ENV.turnsPerExecution)),
    roundsPerExecution: Number(requireEnv(ENV.roundsPerExecution)),
    report: progressReporter(),
  }),
  run: async (request, { report, ...services }) => report(await startRun({ ...request, ...services })),
});
