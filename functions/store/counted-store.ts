/** Counts the requests that an object store's operations take, for the estimated cost. */
import type { ObjectStore } from './object-store.ts';

export interface RequestCounts {
  /** PUT and LIST, which have one price. */
  s3Writes: number;
  s3Reads: number;
}

/**
 * The same store, counting. Each operation counts what it takes when all goes well: what the SDK tries again, lost
 * races and further pages of a list are not seen.
 */
export function countRequests(store: ObjectStore): { store: ObjectStore; counts: RequestCounts } {
  const counts = { s3Writes: 0, s3Reads: 0 };
  const read = <T>(answer: T): T => {
    counts.s3Reads++;
    return answer;
  };
  const write = <T>(answer: T): T => {
    counts.s3Writes++;
    return answer;
  };
  const counting: ObjectStore = {
    get: (key) => read(store.get(key)),
    getIfChanged: (key, etag) => read(store.getIfChanged(key, etag)),
    async *stream(key, range) {
      for await (const piece of store.stream(key, range)) yield read(piece);
    },
    size: (key) => read(store.size(key)),
    list: (prefix, range) => write(store.list(prefix, range)),
    listWithSizes: (prefix, range) => write(store.listWithSizes(prefix, range)),
    listFolders: (prefix) => write(store.listFolders(prefix)),
    tryCreate: async (key, body) => {
      const outcome = await write(store.tryCreate(key, body));
      return outcome.created ? outcome : read(outcome);
    },
    createImmutable: (key, body) => write(store.createImmutable(key, body)),
    createFromStream: (key, body) => write(store.createFromStream(key, body)),
    tryReplace: (key, body, etag) => write(store.tryReplace(key, body, etag)),
    compareAndSwap: (key, next) =>
      read(
        store.compareAndSwap(key, async (current) => {
          const body = await next(current);
          return body === undefined ? undefined : write(body);
        }),
      ),
    // Free of charge.
    delete: (key) => store.delete(key),
  };
  return { store: counting, counts };
}
