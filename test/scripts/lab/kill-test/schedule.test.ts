import { expect, it } from 'vitest';
import { PHASES } from '../../../../scripts/lab/kill-test/phases.ts';
import { planKill, VICTIMS } from '../../../../scripts/lab/kill-test/schedule.ts';

const plans = (seed: number) => Array.from({ length: 50 }, (_, number) => planKill(seed, number));

it('is decided by the seed alone', () => {
  expect(plans(1)).toEqual(plans(1));
  expect(plans(2)).not.toEqual(plans(1));
});

it('aims at every phase, first at those that a folder goes through only once, and also at none', () => {
  for (const seed of [1, 2, 3]) {
    const phases = plans(seed).map(({ phase }) => phase);
    expect(new Set(phases)).toEqual(new Set([...PHASES, undefined]));
    expect(phases.slice(0, 3)).toEqual(['synthesis', 'synthesis', 'ShardDataset']);
    expect(new Set(plans(seed).map(({ victim }) => victim))).toEqual(new Set(VICTIMS));
  }
});

it('aims at no function where none is at work, and synthesizes where synthesis is aimed at', () => {
  for (const { victim, phase, synthesizes, share } of [1, 2, 3].flatMap(plans)) {
    if (victim === 'function') expect(['synthesis', 'plot', 'serving']).not.toContain(phase);
    if (phase === 'synthesis') expect(synthesizes).toBe(true);
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThan(1);
  }
});
