import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_CONFIG,
  type LearningRateSchedule,
  type TrainingConfig,
} from '../../../core/training/config.ts';
import { learningRateAt } from '../../../core/training/schedule.ts';

/** Ten steps an epoch. */
const TRAIN_SIZE = 1000;
const config = (learningRateSchedule: LearningRateSchedule, more: Partial<TrainingConfig> = {}) => ({
  ...DEFAULT_CONFIG,
  iterations: 100,
  learningRate: 0.5,
  learningRateSchedule,
  ...more,
});
const rates = (schedule: LearningRateSchedule, steps: number[], more: Partial<TrainingConfig> = {}) =>
  steps.map((step) => learningRateAt(config(schedule, more), step, TRAIN_SIZE));

it.each<[LearningRateSchedule, number[], number[]]>([
  [{ kind: 'constant', warmupEpochs: 0.5 }, [0, 1, 4, 5], [0.1, 0.2, 0.5, 0.5]],
  [
    { kind: 'step', everyEpochs: 2, factor: 0.1, warmupEpochs: 1 },
    [29, 30, 49, 50],
    [0.5, 0.05, 0.05, 0.005],
  ],
  [{ kind: 'cosine', final: 0.02 }, [0, 50, 100, 200], [0.5, 0.26, 0.02, 0.02]],
])('%j, at steps %j of 101, is %j', (schedule, steps, expected) => {
  rates(schedule, steps, { iterations: 101 }).forEach((rate, index) => {
    expect(rate).toBeCloseTo(expected[index]!, 15);
  });
});

describe('warm-up', () => {
  it('of less than half a step is none', () => {
    expect(rates({ kind: 'constant', warmupEpochs: 0.04 }, [0])).toEqual([0.5]);
    expect(rates({ kind: 'constant', warmupEpochs: 0 }, [0])).toEqual([0.5]);
  });

  it('may be longer than the run', () => {
    expect(rates({ kind: 'cosine', final: 0, warmupEpochs: 20 }, [0, 99])).toEqual([0.5 / 200, 0.25]);
  });
});

describe('step', () => {
  it('of less than a step drops at every step', () => {
    expect(rates({ kind: 'step', everyEpochs: 1e-9, factor: 0.5 }, [0, 1, 2])).toEqual([0.5, 0.25, 0.125]);
  });

  it('goes to 0 in the end, never below', () => {
    expect(rates({ kind: 'step', everyEpochs: 0.1, factor: 0.5 }, [1000, 10_000, 99_999_999])).toEqual([
      0.5 ** 1001,
      0,
      0,
    ]);
  });

  it('takes no longer at the hundred-millionth step: it does not go through those before', () => {
    const late = Array.from({ length: 10_000 }, (_, index) => 99_999_999 - index);
    const [last] = rates({ kind: 'step', everyEpochs: 0.1, factor: 1 - 1e-9 }, late);
    expect(last).toBeCloseTo(0.5 * Math.exp(-0.1), 6);
  });
});

describe('cosine', () => {
  const schedule = { kind: 'cosine', final: 0.02 } as const;

  it('ends with the epochs where the run is given in epochs', () => {
    expect(rates(schedule, [49], { epochs: 5 })).toEqual([0.02]);
  });

  it.each([1, 2, 3])('of a run of %i steps is defined', (iterations) => {
    for (const rate of rates(schedule, [0, iterations - 1], { iterations })) expect(rate).toBeGreaterThan(0);
  });
});

const epochs = fc.double({ min: 0.001, max: 50, noNaN: true });
const schedules: fc.Arbitrary<LearningRateSchedule> = fc.oneof(
  fc.record({ kind: fc.constant('constant' as const), warmupEpochs: epochs }),
  fc.record({
    kind: fc.constant('step' as const),
    everyEpochs: epochs,
    factor: fc.double({ min: 0.01, max: 1, noNaN: true }),
    warmupEpochs: epochs,
  }),
  fc.record({
    kind: fc.constant('cosine' as const),
    final: fc.double({ min: 0, max: 0.5, noNaN: true }),
    warmupEpochs: epochs,
  }),
);

it('every schedule equals its formula in terms of Math.cos and powers, to 1e-12', () => {
  fc.assert(
    fc.property(schedules, fc.nat(2000), fc.integer({ min: 1, max: 2000 }), (schedule, step, iterations) => {
      const warmup = Math.round(schedule.warmupEpochs! * 10);
      let expected = 0.5;
      if (step < warmup) {
        expected = (0.5 * (step + 1)) / warmup;
      } else if (schedule.kind === 'step') {
        const drops = Math.floor((step - warmup) / Math.max(1, Math.round(schedule.everyEpochs * 10)));
        expected = 0.5 * schedule.factor ** drops;
      } else if (schedule.kind === 'cosine') {
        const progress = Math.min(1, (step - warmup) / Math.max(1, iterations - 1 - warmup));
        expected = schedule.final + (0.5 - schedule.final) * 0.5 * (1 + Math.cos(Math.PI * progress));
      }
      const [rate] = rates(schedule, [step], { iterations });
      expect(Math.abs(rate! - expected)).toBeLessThanOrEqual(1e-12);
    }),
  );
});
