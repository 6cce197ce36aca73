/** What people do to versions with `npm run models`, as a function of its own: it runs in a container like the others. */

import {
  deleteVersion,
  keepLast,
  promote,
  rollBack,
  startTrial,
} from '../../../functions/models/registry.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';

export interface OperatorEvent {
  action: 'promote' | 'rollBack' | 'startTrial' | 'deleteVersion' | 'keepLast';
  model: string;
  version: number;
}

export async function handler({ action, model, version }: OperatorEvent): Promise<unknown> {
  const store = createS3Store(process.env.BUCKET_NAME ?? '');
  switch (action) {
    case 'promote':
      return promote(store, model, version);
    case 'rollBack':
      return rollBack(store, model);
    case 'startTrial':
      return startTrial(store, model, { version, mode: 'canary', share: 0.5 });
    case 'deleteVersion':
      return deleteVersion(store, model, version);
    case 'keepLast':
      return keepLast(store, model, 2);
  }
}
