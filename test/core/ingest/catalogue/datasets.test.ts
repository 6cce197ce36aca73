import { expect, it } from 'vitest';
import { DATASETS, KDDCUP99 } from '../../../../core/ingest/catalogue/datasets.ts';
import { checkTableSchema } from '../../../../core/ingest/table/schema.ts';
import { PROFILES } from '../../../../scripts/lab/generate/kdd-profiles.ts';

it('the schema is one', () => {
  expect(() => checkTableSchema(KDDCUP99.schema)).not.toThrow();
  expect(KDDCUP99.schema.columns).toHaveLength(42);
  expect(
    KDDCUP99.schema.columns.filter(({ type }) => type === 'categorical').map(({ name }) => name),
  ).toEqual(['protocol_type', 'service', 'flag', 'label']);
});

/** Published for both sets, e.g. in C. Elkan, Results of the KDD'99 Classifier Learning Contest. */
it.each([
  ['train', [972_781, 41_102, 3_883_370, 52, 1126]],
  ['test', [60_593, 4166, 229_853, 228, 16_189]],
] as const)('the labels of the %s set count as many of each class as published', (split, published) => {
  const labels = Object.entries(KDDCUP99.schema.label!.classOf!);
  const counts = KDDCUP99.classNames!.map((name) =>
    labels.reduce((sum, [label, of]) => sum + (of === name ? PROFILES[label.slice(0, -1)]![split] : 0), 0),
  );
  expect(counts).toEqual(published);
  expect(labels.map(([label]) => label).sort()).toEqual(
    Object.keys(PROFILES)
      .map((name) => `${name}.`)
      .sort(),
  );
});

it('every mirror is one that downloads accept', () => {
  for (const { mirrors } of DATASETS.values()) {
    expect(mirrors.length).toBeGreaterThan(0);
    for (const mirror of mirrors) expect(mirror).toMatch(/^https:\/\/[^?#]+\/$/);
  }
});

it('every known digest is one, every class has a name', () => {
  for (const spec of DATASETS.values()) {
    const digests = spec.files.flatMap((file) => [
      file,
      file.compressed,
      ...('members' in file ? file.members : []),
    ]);
    for (const digest of digests) expect(digest?.sha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
    if (spec.format !== 'csv') expect(spec.classNames).toHaveLength(spec.classes!);
  }
});
