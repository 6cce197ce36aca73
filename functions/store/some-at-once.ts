/** Requests to the bucket at a time. */
const AT_ONCE = 16;

/** Like Promise.all over `run` of each item, a bounded number of them at a time. */
export async function mapSomeAtOnce<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  // One iterator for all workers, so that each item is taken once.
  const queue = items.entries();
  const work = async () => {
    for (const [index, item] of queue) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}
