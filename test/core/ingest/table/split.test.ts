/** Rows dealt to a training and a test set. */
import { describe, expect, it } from 'vitest';
import { gatherEncoding } from '../../../../core/ingest/table/encoding.ts';
import { RowSplit } from '../../../../core/ingest/table/split.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const deal = (labels: readonly string[], testShare: number, seed = 0) => {
  const split = new RowSplit({ testShare, seed });
  const dealt = labels.map((label, row) => split.deal('a.csv', row, bytes(label)));
  expect(labels.map((_, row) => split.isTest('a.csv', row))).toEqual(dealt);
  return dealt;
};
const rowsOf = (length: number, label: (row: number) => string) =>
  Array.from({ length }, (_, row) => label(row));
const count = (dealt: readonly boolean[]) => dealt.filter(Boolean).length;

describe('a split', () => {
  it.each([
    [0.2, 1000, 200],
    [0.25, 1000, 250],
    [0.3, 20_000, 6000],
    [0.1, 9, 0],
  ])('with a share of %d has of %d rows about %d for the test', (share, rows, expected) => {
    expect(
      Math.abs(
        count(
          deal(
            rowsOf(rows, () => ''),
            share,
          ),
        ) - expected,
      ),
    ).toBeLessThanOrEqual(1);
  });

  it('has the share of each class, whatever the order of the rows', () => {
    const labels = [...rowsOf(70, () => 'rare'), ...rowsOf(600, (row) => (row % 3 === 0 ? 'a' : 'b'))];
    const dealt = deal(labels, 0.2);
    const of = (label: string) => count(dealt.filter((_, row) => labels[row] === label));
    expect([of('rare'), of('a'), of('b')]).toEqual([14, 40, 80]);
  });

  it('draws for each class anew', () => {
    const dealt = deal(
      rowsOf(400, (row) => (row % 2 === 0 ? 'a' : 'b')),
      0.1,
    );
    const a = dealt.filter((_, row) => row % 2 === 0);
    expect(a).not.toEqual(dealt.filter((_, row) => row % 2 === 1));
  });

  it.each([1, 2, 3])('is of each class alike where a table is read, by the seed %d', async (seed) => {
    const split = new RowSplit({ testShare: 0.2, seed });
    const labels = rowsOf(100, (row) => (row % 5 === 0 ? 'rare' : 'usual'));
    const chunks = [bytes(labels.map((label, row) => `${row % 7},${label}\n`).join(''))];
    const columns = [
      { name: 'n', type: 'numeric' },
      { name: 'kind', type: 'categorical' },
    ] as const;
    const { rows } = await gatherEncoding(
      { columns, label: { column: 'kind' } },
      [{ name: 'a.csv', chunks }],
      split,
    );
    const tested = labels.filter((_, row) => split.isTest('a.csv', row));
    expect([rows, tested.length, tested.filter((label) => label === 'rare').length]).toEqual([80, 20, 4]);
  });

  it('keeps the first row of each class for the training', () => {
    for (let seed = 0; seed < 50; seed++) {
      const dealt = deal(['x', 'y', 'z', 'x'], 0.6, seed);
      expect(dealt.slice(0, 3)).toEqual([false, false, false]);
    }
  });

  it('depends on the seed alone', () => {
    const labels = rowsOf(200, (row) => String(row % 7));
    expect(deal(labels, 0.2, 4)).toEqual(deal(labels, 0.2, 4));
    expect(deal(labels, 0.2, 4)).not.toEqual(deal(labels, 0.2, 5));
  });
});
