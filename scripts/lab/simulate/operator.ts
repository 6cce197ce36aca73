/** What people do to versions with `npm run models`, as a function of its own: it runs in a container like the others. */

import {
  deleteVersion,
  keepLast,
  promote,
  rollBack,
  startTrial,
} from '../../../functions/models/registry.ts';
import type { ObjectStore } from '../../../functions/store/object-store.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';

type Act = (store: ObjectStore, model: string, version: number) => Promise<unknown>;

const ACTIONS = {
  promote,
  rollBack,
  startTrial: (store, model, version) => startTrial(store, model, { version, mode: 'canary', share: 0.5 }),
  deleteVersion,
  keepLast: (store, model) => keepLast(store, model, 2),
} satisfies Record<string, Act>;

export interface OperatorEvent {
  action: keyof typeof ACTIONS;
  model: string;
  version: number;
}

export async function handler({ action, model, version }: OperatorEvent): Promise<unknown> {
  const act: Act = ACTIONS[action];
  return act(createS3Store(process.env.BUCKET_NAME ?? ''), model, version);
}
