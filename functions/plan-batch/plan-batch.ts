/** Decides what a batch predicts and with which version, and cuts it into parts. */
import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { KEYS } from '../contract/keys.ts';
import { decodeRows } from '../dataset/row-file.ts';
import { getServing, getVersion } from '../models/versions.ts';
import { logger } from '../observe/logging.ts';
import { type BatchPlan, batchPlan } from '../schemas/documents.ts';
import type { BatchPart, planBatchInput, planBatchOutput } from '../schemas/payloads.ts';
import { NotFoundError } from '../store/errors.ts';
import { encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { sha256 } from '../store/sha256.ts';
import { createDocument, findDocument } from '../store/verified.ts';

/** Items of a part: what one invocation does in far less than its time, also with large images. */
const PART_ITEMS = { images: 100, rows: 5000 };
/** Of a file of rows, which is in memory as a whole. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

export interface PlanRequest extends z.output<typeof planBatchInput> {
  store: ObjectStore;
  defaultModel: string;
}

/**
 * The whole batch is predicted by one version, whatever is promoted meanwhile. Repeated, the first plan stays.
 *
 * @throws NotFoundError when there is no such model, version or image; ConfigError for a file that is too large
 */
export async function planBatch(request: PlanRequest): Promise<z.output<typeof planBatchOutput>> {
  const { store, batchId } = request;
  const key = KEYS.batchPlan(batchId);
  const plan =
    (await findDocument(store, batchPlan, key)) ??
    (await createDocument(store, batchPlan, key, await makePlan(request)));
  const items = plan.source.kind === 'images' ? plan.source.keys.length : plan.source.rows;
  const partsKey = KEYS.batchParts(batchId);
  await store.createImmutable(partsKey, encodeJson(cut(batchId, items, PART_ITEMS[plan.source.kind])));
  logger.info('planned', { batchId, model: plan.model, version: plan.version, items });
  return { batchId, partsKey, items };
}

async function makePlan({ store, batchId, input, defaultModel }: PlanRequest): Promise<BatchPlan> {
  const { model = defaultModel, prefix, file } = input;
  const { version } =
    input.version === undefined
      ? await getServing(store, model)
      : await getVersion(store, model, input.version);
  const source = prefix === undefined ? await rowsOf(store, file!) : await imagesUnder(store, prefix);
  return { formatVersion: 1, batchId, model, version, source };
}

async function imagesUnder(store: ObjectStore, prefix: string): Promise<BatchPlan['source']> {
  // Keys that end in a slash are what consoles make of folders.
  const keys = (await store.list(prefix)).filter((key) => !key.endsWith('/'));
  if (keys.length === 0) throw new NotFoundError(`prefix ${prefix}: there is no object under it`);
  return { kind: 'images', keys };
}

async function rowsOf(store: ObjectStore, key: string): Promise<BatchPlan['source']> {
  const bytes = await store.size(key);
  if (bytes === undefined) throw new NotFoundError(`file ${key} is not there`);
  if (bytes > MAX_FILE_BYTES) {
    throw new ConfigError(`file ${key}: got ${bytes} bytes, expected at most ${MAX_FILE_BYTES}`);
  }
  const object = await store.get(key);
  if (object === undefined) throw new NotFoundError(`file ${key} is not there`);
  return { kind: 'rows', key, sha256: sha256(object.body), rows: decodeRows(object.body, key).rows };
}

function cut(batchId: string, items: number, size: number): BatchPart[] {
  return Array.from({ length: Math.ceil(items / size) }, (_, part) => ({
    batchId,
    part,
    from: part * size,
    to: Math.min(items, (part + 1) * size),
  }));
}
