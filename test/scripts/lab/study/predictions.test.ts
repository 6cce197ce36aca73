import { describe, expect, it } from 'vitest';
import { describePredictions, predict } from '../../../../scripts/lab/study/predictions.ts';

/** About what was measured for docs/scaling.md. */
const FIGURES = Object.entries({
  'kdd.inputs': 122,
  'kdd.density': 0.18,
  'kdd.shardBytes': 179,
  'kdd.firstPass': 600_000,
  'kdd.secondPass': 400_000,
  'kdd.trained1': 1_200_000,
  'kdd.evaluated': 2_300_000,
  'kdd.decoded': 4_000_000,
  'kdd.averageNs': 4,
}).map(([id, value]) => ({ id, what: id, value, unit: '' }));

describe('predictions', () => {
  const { preparations, predictions } = predict(FIGURES);
  const of = (rows: number) => predictions.filter((one) => one.rows === rows);

  it('say which walls come first: sharding and evaluating in one function', () => {
    expect(of(1e8).flatMap(({ walls }) => walls)).toEqual([]);
    for (const { whole, walls } of of(1e9)) {
      expect(whole).toBeUndefined();
      expect(walls.join()).toMatch(
        /sharding them takes 4292 s.*an evaluation of 1000000000 and 50000000 takes/,
      );
    }
  });

  it('have the training alone go faster with more workers, until rounds or S3 set the pace', () => {
    const seconds = of(1e10).map(({ training }) => training.seconds);
    expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
    // 5,500 GETs a second for 391,007 shards.
    expect(seconds.at(-1)).toBeGreaterThan(391_007 / 5500);
    const [alone, , , thousand] = of(1e6).map(({ training }) => training.seconds);
    expect(thousand).toBeGreaterThan(alone!);
  });

  it('are a table of sizes and two of times', () => {
    expect(preparations[0]).toMatchObject({ rows: 1e6, shards: 42 });
    expect(describePredictions({ preparations, predictions })).toMatch(
      /^ rows +shards[\s\S]*\n10\^10 [\s\S]*the training alone:/,
    );
  });
});
