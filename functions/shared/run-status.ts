/** Changes runs/{id}/status.json by compare-and-swap. */
import { KEYS } from './contract.ts';
import { encodeJson } from './json.ts';
import type { ObjectStore } from './object-store.ts';
import { type RunStatus, runStatus } from './schemas.ts';
import { decodeDocument } from './verified.ts';

/** Sets the status; `startedAt` is kept from the run's first one. */
export async function setStatus(
  store: ObjectStore,
  runId: string,
  status: Omit<RunStatus, 'startedAt' | 'updatedAt'>,
  now: Date,
): Promise<void> {
  const key = KEYS.status(runId);
  const updatedAt = now.toISOString();
  await store.compareAndSwap(key, (current) => {
    const startedAt = current === undefined ? updatedAt : decodeDocument(runStatus, current, key).startedAt;
    return encodeJson({ ...status, startedAt, updatedAt });
  });
}
