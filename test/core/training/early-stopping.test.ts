import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EarlyStopping, MetricName } from '../../../core/training/metric.ts';
import { type BestSoFar, type Evaluated, isStale, trackBest } from '../../../core/training/metric.ts';

const RULE: EarlyStopping = { monitor: 'testAccuracy', patience: 2, minDelta: 0, restoreBest: true };
/** Evaluations every 10 steps with the monitored figure's values; the other figures are no good as a monitor. */
const evaluations = (values: readonly (number | null)[], monitor: MetricName): Evaluated[] =>
  values.map((value, index) => ({
    step: index * 10,
    loss: 7,
    trainAccuracy: 0.5,
    testAccuracy: 0.5,
    testLoss: 3,
    [monitor]: value,
  }));

/** The bests after each evaluation. */
function fold(rule: EarlyStopping, values: readonly (number | null)[]): (BestSoFar | null)[] {
  let best: BestSoFar | null = null;
  return evaluations(values, rule.monitor ?? 'testAccuracy').map((evaluated) => {
    best = trackBest(rule, best, evaluated);
    return best;
  });
}
/** Index of the evaluation that ends the run; -1 when none does. */
const stopOf = (rule: EarlyStopping, values: readonly (number | null)[]) =>
  fold(rule, values).findIndex((best) => isStale(rule, best));

describe('trackBest', () => {
  it('begins with the first evaluation, and knows how long the best has not been beaten', () => {
    expect(fold(RULE, [0.1, 0.3, 0.3, 0.2, 0.4])).toEqual([
      { step: 0, value: 0.1, stale: 0 },
      { step: 10, value: 0.3, stale: 0 },
      { step: 10, value: 0.3, stale: 1 },
      { step: 10, value: 0.3, stale: 2 },
      { step: 40, value: 0.4, stale: 0 },
    ]);
  });

  it("does not count the untrained network's loss, which is null", () => {
    const rule = { ...RULE, monitor: 'loss' as const };
    expect(fold(rule, [null, null])).toEqual([null, null]);
    expect(fold(rule, [null, 0.5, 0.6])).toEqual([
      null,
      { step: 10, value: 0.5, stale: 0 },
      { step: 10, value: 0.5, stale: 1 },
    ]);
  });

  it('where nothing is named, is the accuracy on the test set, and of a regression the loss on it', () => {
    const { monitor: _, ...rule } = RULE;
    const [evaluated] = evaluations([0.25], 'testAccuracy');
    expect(trackBest(rule, null, evaluated!)!.value).toBe(0.25);
    const regression = { ...evaluated!, trainAccuracy: null, testAccuracy: null };
    const best = trackBest(rule, null, regression);
    expect(best!.value).toBe(3);
    expect(trackBest(rule, best, { ...regression, step: 10, testLoss: 2 })).toEqual({
      step: 10,
      value: 2,
      stale: 0,
    });
  });

  it('counts only a gain of more than minDelta, measured from the best', () => {
    const rule = { ...RULE, minDelta: 0.125 };
    expect(fold(rule, [0.25, 0.375, 0.4375]).map((best) => best!.step)).toEqual([0, 0, 20]);
    const loss = { ...rule, monitor: 'loss' as const };
    expect(fold(loss, [0.5, 0.375, 0.25]).map((best) => best!.step)).toEqual([0, 0, 20]);
  });
});

describe('isStale', () => {
  it('is so after `patience` evaluations in a row that are not better', () => {
    expect(stopOf(RULE, [0.5, 0.4, 0.6, 0.6, 0.6, 0.9])).toBe(4);
    expect(stopOf({ ...RULE, patience: 1 }, [0.1, 0.2, 0.2])).toBe(2);
    expect(stopOf(RULE, [0.1, 0.2, 0.3])).toBe(-1);
  });

  it('is not so before anything counted', () => {
    expect(isStale({ ...RULE, patience: 1 }, null)).toBe(false);
  });
});

describe('the fold', () => {
  const values = fc.array(
    fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
    { minLength: 1, maxLength: 12 },
  );
  const rules = fc.record({
    monitor: fc.constantFrom<MetricName>('testAccuracy', 'trainAccuracy', 'loss', 'testLoss'),
    patience: fc.integer({ min: 1, max: 4 }),
    minDelta: fc.constantFrom(0, 0.125, 0.25),
    restoreBest: fc.boolean(),
  });

  it('goes on from any point as from the start: nothing but the best is remembered', () => {
    fc.assert(
      fc.property(rules, values, fc.nat(12), (rule, figures, cut) => {
        const whole = fold(rule, figures);
        const at = Math.min(cut, figures.length - 1);
        let best = JSON.parse(JSON.stringify(whole[at]!)) as BestSoFar | null;
        evaluations(figures, rule.monitor ?? 'testAccuracy')
          .slice(at + 1)
          .forEach((evaluated) => {
            best = trackBest(rule, best, evaluated);
          });
        expect(best).toEqual(whole.at(-1));
      }),
    );
  });

  it('without minDelta ends at the first of the best figures: the highest accuracy or the lowest loss', () => {
    fc.assert(
      fc.property(rules, values, (rule, figures) => {
        const best = (rule.monitor.endsWith('Accuracy') ? Math.max : Math.min)(...figures);
        const step = figures.indexOf(best) * 10;
        expect(fold({ ...rule, minDelta: 0 }, figures).at(-1)).toMatchObject({ step, value: best });
      }),
    );
  });
});
