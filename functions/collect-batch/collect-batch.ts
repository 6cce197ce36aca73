/** Puts a batch's parts together: one file of lines in the order of the items, and a summary that counts them. */
import { KEYS } from '../contract/keys.ts';
import { logger } from '../observe/logging.ts';
import { type BatchSummary, batchLine, batchPlan, batchSummary } from '../schemas/documents.ts';
import { batchPart } from '../schemas/payloads.ts';
import { NotFoundError } from '../store/errors.ts';
import { encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodeDocument, findDocument, getDocument } from '../store/verified.ts';

/**
 * The summary is written last: where it is, the predictions are whole.
 *
 * @throws NotFoundError when a part is missing
 */
export async function collectBatch(store: ObjectStore, batchId: string): Promise<BatchSummary> {
  const known = await findDocument(store, batchSummary, KEYS.batchSummary(batchId));
  if (known !== undefined) return known;
  const { model, version } = await getDocument(store, batchPlan, KEYS.batchPlan(batchId));
  const parts = await getDocument(store, batchPart.array(), KEYS.batchParts(batchId));
  const counts = { predicted: 0, failed: 0 };
  const predictions = KEYS.batchPredictions(batchId);
  // Where the file is there already, the same lines are read all the same, and counted.
  await store.createFromStream(predictions, linesOf());
  const summary: BatchSummary = {
    formatVersion: 1,
    batchId,
    model,
    version,
    items: counts.predicted + counts.failed,
    ...counts,
    predictions,
  };
  await store.createImmutable(KEYS.batchSummary(batchId), encodeJson(summary));
  logger.info('collected', { ...summary });
  return summary;

  async function* linesOf(): AsyncGenerator<Uint8Array> {
    for (const { part } of parts) {
      const key = KEYS.batchPart(batchId, part);
      const object = await store.get(key);
      if (object === undefined) throw new NotFoundError(`${key} is not there`);
      for (const line of new TextDecoder().decode(object.body).split('\n')) {
        if (line === '') continue;
        const parsed = decodeDocument(batchLine, new TextEncoder().encode(line), key);
        counts['error' in parsed ? 'failed' : 'predicted']++;
      }
      yield object.body;
    }
  }
}
