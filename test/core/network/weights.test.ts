/** The spread of a layer's first weights. */
import { expect, it } from 'vitest';
import { initialLayers } from '../../../core/network/weights.ts';

/** 20,000 draws: their standard deviation is within 2 % of the distribution's, by four of its own standard errors. */
it.each([
  ['normal', { kind: 'normal', std: 0.01 }, 0.01],
  ['Xavier', { kind: 'xavier' }, Math.sqrt(1 / 200)],
  ['He', { kind: 'he' }, Math.sqrt(2 / 200)],
] as const)('%s', (_, init, std) => {
  const [{ weights, bias }] = initialLayers([200, 100], init, 7) as [
    { weights: Float32Array; bias: Float32Array },
  ];
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
  expect(Math.sqrt(squares / weights.length) / std).toBeGreaterThan(0.98);
  expect(Math.sqrt(squares / weights.length) / std).toBeLessThan(1.02);
  expect(bias.every((value) => value === 0)).toBe(true);
});
