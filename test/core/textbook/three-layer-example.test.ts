import { expect, it } from 'vitest';
import { forward, initNetwork } from '../../../core/textbook/three-layer-example.ts';

// The textbook's numbers for X = [1.0, 0.5].
it.each([
  ['a1', [0.3, 0.7, 1.1]],
  ['z1', [0.57444252, 0.66818777, 0.75026011]],
  ['a2', [0.51615984, 1.21402696]],
  ['z2', [0.62624937, 0.7710107]],
  ['a3', [0.31682708, 0.69627909]],
  ['y', [0.31682708, 0.69627909]],
] as const)('%s', (name, expected) => {
  const actual = forward(initNetwork(), [1.0, 0.5])[name];
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 8);
  });
});

it('refuses another number of inputs', () => {
  expect(() => forward(initNetwork(), [1])).toThrow(/\[1, 1\] · \[2, 3\]/);
});
