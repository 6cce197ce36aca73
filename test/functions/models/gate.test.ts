/** The condition of a promotion, for every metric on both sides of its bound. */
import { expect, it } from 'vitest';
import type { MetricName } from '../../../core/training/metric.ts';
import { reasonAgainst } from '../../../functions/models/gate.ts';
import { NOT_EVALUATED } from '../../../functions/run/step-metrics.ts';
import { jobConfigSchema, type PromotionCondition } from '../../../functions/schemas/config.ts';
import type { ModelVersion } from '../../../functions/schemas/documents.ts';
import { someVersion } from '../../support/documents.ts';

type Metrics = ModelVersion['metrics'];
const METRICS: Metrics = {
  ...NOT_EVALUATED,
  loss: 0.5,
  trainAccuracy: 0.75,
  testAccuracy: 0.75,
  testLoss: 0.5,
};

const version = (number: number, metrics: Partial<Metrics>, more: Partial<ModelVersion> = {}) =>
  someVersion({ version: number, metrics: { ...METRICS, ...metrics }, ...more });
const against = (
  own: Partial<Metrics>,
  rule: PromotionCondition | undefined,
  other: Partial<ModelVersion> = {},
) => reasonAgainst(version(2, own), rule, version(1, {}, other));

// All figures are sums of powers of two, so that the bounds are exact.
it.each<[MetricName, number, number, boolean]>([
  ['testAccuracy', 0.75, 0, true],
  ['testAccuracy', 1, 0, true],
  ['testAccuracy', 0.6875, 0, false],
  ['testAccuracy', 0.6875, 0.0625, true],
  ['testAccuracy', 0.625, 0.0625, false],
  ['trainAccuracy', 0.6875, 0.0625, true],
  ['trainAccuracy', 0.625, 0.0625, false],
  ['loss', 0.25, 0, true],
  ['loss', 0.5, 0, true],
  ['loss', 0.5625, 0, false],
  ['loss', 0.5625, 0.0625, true],
  ['loss', 0.625, 0.0625, false],
  ['testLoss', 0.5, 0, true],
  ['testLoss', 0.5625, 0.0625, true],
  ['testLoss', 0.625, 0.0625, false],
])('%s %d within %d passes: %s', (metric, value, tolerance, passes) => {
  expect(against({ [metric]: value }, { metric, tolerance }) === undefined).toBe(passes);
});

it('takes the accuracy on the test set where none is named, and of a regression the loss on it', () => {
  expect(against({ testAccuracy: 0.5, testLoss: 0 }, { tolerance: 0 })).toMatch(/^testAccuracy 0.5 is worse/);
  const regression = { testAccuracy: null, trainAccuracy: null };
  const serving = { metrics: { ...METRICS, ...regression } };
  expect(against({ ...regression, testLoss: 0.75 }, { tolerance: 0 }, serving)).toMatch(
    /^testLoss 0.75 is worse than the 0.5/,
  );
  expect(against({ ...regression, testLoss: 0.25 }, { tolerance: 0 }, serving)).toBeUndefined();
});

it.each<[MetricName, number, boolean]>([
  ['testAccuracy', 0.745, true],
  ['testAccuracy', 0.735, false],
  ['testLoss', 0.504, true],
  ['testLoss', 0.506, false],
])('without a condition %s %d passes: %s', (metric, value, passes) => {
  const regression = metric === 'testLoss' ? { testAccuracy: null, trainAccuracy: null } : {};
  const serving = { metrics: { ...METRICS, ...regression } };
  expect(against({ ...regression, [metric]: value }, undefined, serving) === undefined).toBe(passes);
});

it('takes a part of the loss, whatever its size, where there is no condition', () => {
  const figures = (testLoss: number) => ({ testAccuracy: null, trainAccuracy: null, testLoss });
  const serving = { metrics: { ...METRICS, ...figures(50_000) } };
  expect(against(figures(50_400), undefined, serving)).toBeUndefined();
  expect(against(figures(50_600), undefined, serving)).toMatch(/more than the tolerance of 500$/);
});

it('names both figures and the tolerance', () => {
  expect(against({ testAccuracy: 0.625 }, { metric: 'testAccuracy', tolerance: 0.0625 })).toBe(
    'testAccuracy 0.625 is worse than the 0.75 of version 1, which serves, by more than the tolerance of 0.0625',
  );
});

const OTHER_DATA = { name: 'other', manifestSha256: '1'.repeat(64) };
const REGRESSION = jobConfigSchema.parse({ output: 'identity', loss: 'meanSquaredError' });
it.each<[string, Partial<Metrics>, MetricName, Partial<ModelVersion>, RegExp]>([
  ['an own figure', { loss: null }, 'loss', {}, /^this run has no loss/],
  ['the other figure', {}, 'loss', { metrics: { ...METRICS, loss: null } }, /^version 1, .* has no loss/],
  ['the same data', {}, 'testAccuracy', { dataset: OTHER_DATA }, /other data \(other\)/],
  ['the same loss', {}, 'loss', { config: REGRESSION }, /another loss function \(meanSquaredError\)/],
])('refuses what lacks %s', (_what, own, metric, other, reason) => {
  expect(against(own, { metric, tolerance: 1000 }, other)).toMatch(reason);
});
