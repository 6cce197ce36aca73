import { alarmEvent, rollbackModelOutput } from '../schemas/payloads.ts';
import { bucketStore, defineStep } from '../step/define-step.ts';
import { rollbackModel } from './rollback-model.ts';

export const handler = defineStep({
  event: alarmEvent,
  result: rollbackModelOutput,
  ids: ({ alarmData }) => ({ alarm: alarmData.alarmName }),
  services: () => ({ store: bucketStore() }),
  run: (alarm, { store }) => rollbackModel(store, alarm),
});
