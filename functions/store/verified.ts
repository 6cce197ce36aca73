/** Reads that trust nothing but a SHA-256 named by something written later. */
import type { z } from 'zod';
import { IntegrityError } from '../../core/errors.ts';
import { NotFoundError } from './errors.ts';
import { decodeJson, encodeJson } from './json.ts';
import type { ObjectStore } from './object-store.ts';
import { sha256 } from './sha256.ts';

/** @throws NotFoundError when there is no object; IntegrityError when its bytes hash to something else */
export async function getVerified(
  store: Pick<ObjectStore, 'get'>,
  key: string,
  expected: string,
): Promise<Uint8Array> {
  const object = await store.get(key);
  if (object === undefined) throw new NotFoundError(`${key} is not there`);
  const actual = sha256(object.body);
  if (actual !== expected) throw new IntegrityError(`${key} has SHA-256 ${actual}, expected ${expected}`);
  return object.body;
}

/** @throws IntegrityError when the bytes are no document of this schema */
export function decodeDocument<Schema extends z.ZodType>(
  schema: Schema,
  bytes: Uint8Array,
  key: string,
): z.output<Schema> {
  try {
    return schema.parse(decodeJson(bytes));
  } catch (error) {
    throw new IntegrityError(`${key} is not what it should be: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The document at `key`; undefined when there is none. @throws IntegrityError when it isn't of this schema */
export async function findDocument<Schema extends z.ZodType>(
  store: Pick<ObjectStore, 'get'>,
  schema: Schema,
  key: string,
): Promise<z.output<Schema> | undefined> {
  const object = await store.get(key);
  return object === undefined ? undefined : decodeDocument(schema, object.body, key);
}

/** @throws NotFoundError when there is none; IntegrityError when it isn't of this schema */
export async function getDocument<Schema extends z.ZodType>(
  store: ObjectStore,
  schema: Schema,
  key: string,
): Promise<z.output<Schema>> {
  const document = await findDocument(store, schema, key);
  if (document === undefined) throw new NotFoundError(`${key} is not there`);
  return document;
}

/** Writes the document unless one is there. @returns what is there @throws IntegrityError when it isn't of this schema */
export async function createDocument<Schema extends z.ZodType>(
  store: ObjectStore,
  schema: Schema,
  key: string,
  document: z.output<Schema>,
): Promise<z.output<Schema>> {
  const outcome = await store.tryCreate(key, encodeJson(document));
  return outcome.created ? document : decodeDocument(schema, outcome.existing.body, key);
}
