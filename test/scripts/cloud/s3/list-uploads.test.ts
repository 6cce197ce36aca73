import { expect, it, onTestFinished } from 'vitest';
import { S3Store } from '../../../../scripts/cloud/s3/store.ts';

it('uploads of one millisecond are all listed, whatever the pages', () => {
  let ids = 0;
  const store = new S3Store({ file: ':memory:', now: () => 0, newId: () => `id-${ids++}` });
  onTestFinished(() => store.close());
  store.buckets.create('bucket');
  const upload = { bucket: 'bucket', key: 'key', headers: {}, checksum: undefined };
  const expected = [1, 2, 3, 4, 5].map(() => store.uploads.create(upload));
  const seen: string[] = [];
  let next: { key: string; id: string | undefined } | undefined = { key: '', id: undefined };
  while (next !== undefined) {
    const page = store.uploads.list('bucket', { after: next.key, afterId: next.id, maxKeys: 2 });
    seen.push(...page.items.map(({ id }) => id));
    next = page.next;
  }
  expect(seen).toEqual(expected);
});
