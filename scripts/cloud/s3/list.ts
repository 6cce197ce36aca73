/** Listing with prefix, delimiter and pages, over any source that can be scanned in byte order of its keys. */

export interface ListQuery {
  prefix: string;
  /** Groups keys with this after the prefix into one common prefix; empty for none. */
  delimiter: string;
  /** The page starts behind this key or common prefix; empty for the beginning. */
  after: string;
  /** Whether the key `after` itself may be on the page. */
  isAfterIncluded?: boolean;
  /** Keys and common prefixes at most. */
  maxKeys: number;
}

export interface ListPage<T> {
  items: T[];
  commonPrefixes: string[];
  /** `after` of the next page, when there is one. */
  next?: string;
}

/**
 * One page.
 * @param scan items whose keys are at or behind the given UTF-8 bytes, in byte order
 */
export function listPage<T extends { key: string }>(
  scan: (from: Buffer) => Iterable<T>,
  query: ListQuery,
): ListPage<T> {
  const page: ListPage<T> = { items: [], commonPrefixes: [] };
  if (query.maxKeys === 0) return page;
  let last = '';
  let from: Buffer | undefined = firstKey(query);
  while (from !== undefined) {
    const start = from;
    from = undefined;
    for (const item of scan(start)) {
      if (!item.key.startsWith(query.prefix)) return page;
      if (page.items.length + page.commonPrefixes.length === query.maxKeys) {
        page.next = last;
        return page;
      }
      const group = groupOf(item.key, query);
      if (group !== undefined) {
        page.commonPrefixes.push(group);
        last = group;
        // Skip the group's keys by one seek instead of reading them all.
        from = behindAll(group);
        break;
      }
      page.items.push(item);
      last = item.key;
    }
  }
  return page;
}

/** Least key that may be on the page. */
function firstKey(query: ListQuery): Buffer {
  const prefix = Buffer.from(query.prefix);
  if (query.after === '') return prefix;
  const group = groupOf(query.after, query);
  const behind =
    group === undefined
      ? Buffer.from(query.isAfterIncluded ? query.after : `${query.after}\0`)
      : behindAll(group);
  return Buffer.compare(prefix, behind) > 0 ? prefix : behind;
}

/** The common prefix that stands for `key`, up to and with the delimiter; undefined when it stands for itself. */
function groupOf(key: string, { prefix, delimiter }: ListQuery): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}

/** Least byte string greater than all that start with `prefix`. UTF-8 has no byte 255, so nothing carries. */
function behindAll(prefix: string): Buffer {
  const bytes = Buffer.from(prefix);
  bytes[bytes.length - 1]! += 1;
  return bytes;
}
