/** Reads JSON documents of the app's bucket. */
import type { z } from 'zod';
import type { ObjectStore } from './target.ts';

/** @returns undefined when there is none @throws ZodError when it isn't of this schema */
export async function findJson<Schema extends z.ZodType>(
  store: Pick<ObjectStore, 'get'>,
  schema: Schema,
  key: string,
): Promise<z.output<Schema> | undefined> {
  const object = await store.get(key);
  return object === undefined ? undefined : schema.parse(JSON.parse(new TextDecoder().decode(object.body)));
}
