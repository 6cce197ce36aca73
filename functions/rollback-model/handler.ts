import { alarmEvent, rollbackModelOutput } from '../schemas/payloads.ts';
import { defineStep } from '../step/define-step.ts';
import { bucketStore } from '../step/environment.ts';
import { rollbackModel } from './rollback-model.ts';

export const handler = defineStep({
  event: alarmEvent,
  result: rollbackModelOutput,
  ids: ({ alarmData }) => ({ alarm: alarmData.alarmName }),
  services: () => ({ store: bucketStore() }),
  run: (alarm, { store }) => rollbackModel(store, alarm),
});
