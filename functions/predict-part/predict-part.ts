/** Predicts one part of a batch. What can't be predicted has a line that says why, and stops nothing. */
import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { MAX_IMAGE_BYTES } from '../contract/data.ts';
import { KEYS } from '../contract/keys.ts';
import { decodeRows, type RowFile } from '../dataset/row-file.ts';
import { readImage } from '../inference/image-file.ts';
import { InputError } from '../inference/input-error.ts';
import { asClasses, type LoadedModel, type ModelCache } from '../inference/model-cache.ts';
import { logger } from '../observe/logging.ts';
import { type BatchLine, type BatchPlan, batchPlan } from '../schemas/documents.ts';
import type { BatchPart, predictPartOutput } from '../schemas/payloads.ts';
import { NotFoundError } from '../store/errors.ts';
import { canonicalJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { mapSomeAtOnce } from '../store/some-at-once.ts';
import { getDocument, getVerified } from '../store/verified.ts';

/** The last file of rows stays for the container's next parts. */
let cached: { sha256: string; file: RowFile } | undefined;

/**
 * Repeated, it writes the same lines again.
 *
 * @throws NotFoundError when the plan or its version is not there; ConfigError when the plan has no such items
 */
export async function predictPart(
  { store, models }: { store: ObjectStore; models: ModelCache },
  { batchId, part, from, to }: BatchPart,
): Promise<z.output<typeof predictPartOutput>> {
  const plan = await getDocument(store, batchPlan, KEYS.batchPlan(batchId));
  const model = await models.findVersion(plan.model, plan.version);
  if (model === undefined) throw new NotFoundError(`${KEYS.version(plan.model, plan.version)} is not there`);
  const { source } = plan;
  const items = source.kind === 'images' ? source.keys.length : source.rows;
  if (from >= to || to > items) {
    throw new ConfigError(`part ${part}: got items ${from} to ${to}, expected some of the plan's ${items}`);
  }
  const lines =
    source.kind === 'images'
      ? await mapSomeAtOnce(source.keys.slice(from, to), (key) => predictImage(store, model, key))
      : predictRows(await loadRows(store, source), model, from, to);
  const text = lines.map((line) => `${canonicalJson(line)}\n`).join('');
  await store.createImmutable(KEYS.batchPart(batchId, part), new TextEncoder().encode(text));
  const failed = lines.filter((line) => 'error' in line).length;
  logger.info('predicted', { batchId, part, predicted: lines.length - failed, failed });
  return { part, predicted: lines.length - failed, failed };
}

async function predictImage(store: ObjectStore, model: LoadedModel, key: string): Promise<BatchLine> {
  try {
    const image = await loadImage(store, key);
    return { item: key, ...asClasses(model.predict([readImage(image, model, 'image')]))[0]! };
  } catch (error) {
    if (error instanceof NotFoundError) return { item: key, error: 'is not there any more' };
    // What is wrong with the image; anything else fails the part.
    if (!(error instanceof InputError)) throw error;
    return { item: key, error: error.message };
  }
}

/** @throws InputError for one that is too large, NotFoundError for one that is not there */
async function loadImage(store: ObjectStore, key: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.stream(key, { end: MAX_IMAGE_BYTES + 1 })) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (bytes.length <= MAX_IMAGE_BYTES) return bytes;
  throw new InputError('tooLarge', 'image', `got more than ${MAX_IMAGE_BYTES} bytes`);
}

async function loadRows(
  store: ObjectStore,
  { key, sha256 }: Extract<BatchPlan['source'], { kind: 'rows' }>,
): Promise<RowFile> {
  if (cached?.sha256 !== sha256) {
    cached = undefined;
    cached = { sha256, file: decodeRows(await getVerified(store, key, sha256), key) };
  }
  return cached.file;
}

function predictRows({ columns, data }: RowFile, model: LoadedModel, from: number, to: number): BatchLine[] {
  const items = Array.from({ length: to - from }, (_, index) => from + index);
  if (columns !== model.inputSize || model.table !== undefined) {
    const expected = model.table === undefined ? model.inputSize : 'a model of pictures';
    const error = `row: got ${columns} numbers, expected ${expected}`;
    return items.map((item) => ({ item, error }));
  }
  const rows = items.map((item) => data.subarray(item * columns, (item + 1) * columns));
  return asClasses(model.predict(rows)).map((prediction, index) => ({ item: items[index]!, ...prediction }));
}
