/** The seeking listing against the obvious one: group everything, sort, cut. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ListQuery, listPage } from '../../../../scripts/cloud/s3/list.ts';

const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** All elements in order: keys, and common prefixes once each. */
function reference(keys: string[], { prefix, delimiter }: ListQuery): { name: string; common: boolean }[] {
  const elements = new Map<string, { name: string; common: boolean }>();
  for (const key of keys.filter((candidate) => candidate.startsWith(prefix))) {
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = at === -1 ? key : key.slice(0, at + delimiter.length);
    elements.set(`${at === -1} ${name}`, { name, common: at !== -1 });
  }
  return [...elements.values()].toSorted((a, b) => compare(a.name, b.name));
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\uffee', '\u{10000}'), maxLength: 5 });

it('pages through the same elements as the reference, for any keys, prefix, delimiter and page size', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        text.filter((key) => key !== ''),
        { maxLength: 40 },
      ),
      fc.record({
        prefix: fc.oneof(fc.constant(''), text),
        delimiter: fc.constantFrom('', '/', 'a', 'b/'),
        after: fc.oneof(fc.constant(''), text),
        maxKeys: fc.integer({ min: 1, max: 5 }),
      }),
      (names, query) => {
        const items = names.toSorted(compare).map((key) => ({ key }));
        const scan = (from: Buffer) => items.filter(({ key }) => Buffer.compare(Buffer.from(key), from) >= 0);
        const expected = reference(names, query).filter(({ name }) => compare(name, query.after) > 0);
        for (let after: string | undefined = query.after; after !== undefined; ) {
          const page: ReturnType<typeof listPage> = listPage(scan, { ...query, after });
          const elements = expected.splice(0, query.maxKeys);
          const keys = elements.filter((element) => !element.common).map(({ name }) => name);
          expect(page.items.map((item) => item.key)).toEqual(keys);
          expect(page.commonPrefixes).toEqual(
            elements.filter(({ common }) => common).map(({ name }) => name),
          );
          expect(page.next).toBe(expected.length > 0 ? elements.at(-1)!.name : undefined);
          after = page.next;
        }
        expect(expected).toEqual([]);
      },
    ),
    { numRuns: 500 },
  );
});

it('reads one key of a group, not all of them', () => {
  const items = Array.from({ length: 1000 }, (_, i) => ({
    key: `${i < 999 ? 'a' : 'b'}/${String(i).padStart(4, '0')}`,
  }));
  let read = 0;
  function* scan(from: Buffer): Generator<{ key: string }> {
    for (const item of items) {
      if (Buffer.compare(Buffer.from(item.key), from) < 0) continue;
      read += 1;
      yield item;
    }
  }
  const page = listPage(scan, { prefix: '', delimiter: '/', after: '', maxKeys: 10 });
  expect(page.commonPrefixes).toEqual(['a/', 'b/']);
  expect(read).toBe(2);
});
