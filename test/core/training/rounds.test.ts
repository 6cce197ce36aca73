/** Data-parallel rounds: what each worker trains on, and what they come to together. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageCheckpoints } from '../../../core/training/average-checkpoints.ts';
import { BatchSampler } from '../../../core/training/batch-sampler.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { DEFAULT_CONFIG, type TrainingConfig } from '../../../core/training/config.ts';
import { updateRuleAt } from '../../../core/training/optimizer.ts';
import {
  evaluateAfter,
  partsOf,
  placeInRun,
  type Round,
  roundAt,
  type Workers,
  workersOf,
} from '../../../core/training/rounds.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import { CLASSES, COLUMNS, tinyDataset } from './digits.ts';

const BATCH = 10;
/** Nine steps an epoch, and a run that ends within one. */
const train = { ...tinyDataset(90), shardRows: [25, 40, 25] };
const STEPS = 40;
const OPTIMIZERS = ['sgd', 'momentum', 'adagrad', 'adam'] as const;
const SAMPLINGS = ['withReplacement', 'shuffle', 'shardShuffle'] as const;

const configOf = (more: Partial<TrainingConfig> = {}): TrainingConfig => ({
  ...DEFAULT_CONFIG,
  layers: [COLUMNS, 6, CLASSES],
  weightInit: { kind: 'he' },
  batchSize: BATCH,
  learningRate: 0.05,
  learningRateSchedule: { kind: 'cosine', final: 0.001, warmupEpochs: 1 },
  iterations: STEPS,
  ...more,
});

function roundsOf(plan: Workers, total: number): Round[] {
  const rounds: Round[] = [];
  for (let step = 0; step < total; step = rounds.at(-1)!.end) rounds.push(roundAt(step, plan, total));
  return rounds;
}

/** What a worker makes of the round's start; every checkpoint goes through its bytes, as between functions. */
function trainedPart(config: TrainingConfig, from: Uint8Array, part: ReturnType<typeof partsOf>[number]) {
  const trainer = new Trainer(config, train, decodeCheckpoint(from), undefined, part);
  trainer.advance(part.end);
  return decodeCheckpoint(encodeCheckpoint(trainer.checkpoint('hash')));
}

/** The last checkpoint of a data-parallel run. */
function trainedInRounds(config: TrainingConfig, plan: Workers): Uint8Array {
  let bytes = encodeCheckpoint(new Trainer(config, train).checkpoint('hash'));
  for (const round of roundsOf(plan, STEPS)) {
    const parts = partsOf(round);
    const results: Checkpoint[] = parts.map((part) => trainedPart(config, bytes, part));
    bytes = encodeCheckpoint(
      averageCheckpoints(
        results,
        parts.map(({ first, end }) => (end - first) * config.batchSize),
      ),
    );
  }
  return bytes;
}

function trainedAlone(config: TrainingConfig): Uint8Array {
  const trainer = new Trainer(config, train);
  trainer.advance(STEPS);
  return encodeCheckpoint(trainer.checkpoint('hash'));
}

const plans = fc.record({
  workers: fc.integer({ min: 1, max: 9 }),
  localIterations: fc.integer({ min: 1, max: 12 }),
});

describe('rounds', () => {
  it('share out every step of the run to one worker, in order, h steps to each but in the last round', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 300 }), (plan, total) => {
        const rounds = roundsOf(plan, total);
        const steps = rounds
          .flatMap(partsOf)
          .flatMap(({ first, end }) => Array.from({ length: end - first }, (_, t) => first + t));
        expect(steps).toEqual(Array.from({ length: total }, (_, step) => step));
        expect(rounds.map(({ index }) => index)).toEqual(rounds.map((_, index) => index));
        rounds.forEach((round, index) => {
          const sizes = partsOf(round).map(({ first, end }) => end - first);
          if (index < rounds.length - 1) {
            expect(sizes).toEqual(new Array<number>(plan.workers).fill(plan.localIterations));
          }
          expect(Math.max(...sizes)).toBeLessThanOrEqual(plan.localIterations);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        });
      }),
    );
  });

  it.each(['shuffle', 'shardShuffle'] as const)(
    'of one epoch give the workers disjoint samples, all of them together, with %s',
    (sampling) => {
      const sampler = new BatchSampler(sampling, 90, 7, train.shardRows);
      const samplesOf = (step: number) => {
        const batch = new Uint32Array(BATCH);
        sampler.fill(batch, step);
        return [...batch];
      };
      // Three workers with three local iterations: round 2 is epoch 2.
      const parts = partsOf(roundAt(18, { workers: 3, localIterations: 3 }, STEPS)).map(({ first, end }) =>
        Array.from({ length: end - first }, (_, t) => samplesOf(first + t)).flat(),
      );
      expect(parts.map((samples) => samples.length)).toEqual([30, 30, 30]);
      expect(new Set(parts.flat()).size).toBe(90);
    },
  );

  it('count so that the learning rate follows the whole run, and Adam the updates of one worker', () => {
    const plan = { workers: 4, localIterations: 3 };
    const round = roundAt(24, plan, STEPS);
    const places = partsOf(round).map((part) => [0, 1, 2].map((t) => placeInRun(part, part.first + t)));
    for (const place of places) {
      expect(place).toEqual([
        { rateStep: 24, factor: 4, updates: 6 },
        { rateStep: 28, factor: 4, updates: 7 },
        { rateStep: 32, factor: 4, updates: 8 },
      ]);
    }
    const config = configOf({ optimizer: 'adam' });
    const alone = updateRuleAt(config, 28, 90);
    expect(updateRuleAt(config, 28, 90, { factor: 4, updates: 28 }).rate).toBeCloseTo(4 * alone.rate, 12);
    expect(updateRuleAt(config, 28, 90, { updates: 7 }).rate).not.toBe(alone.rate);
    expect(updateRuleAt(config, 28, 90, { factor: 1, updates: 28 })).toEqual(alone);
    // Two steps for four workers, as the run ends: each of the two takes one.
    const last = roundAt(36, plan, 38);
    expect(partsOf(last).map((part) => placeInRun(part, part.first))).toEqual([
      { rateStep: 36, factor: 2, updates: 9 },
      { rateStep: 36, factor: 2, updates: 9 },
    ]);
  });

  it.each<[number, Partial<Workers>, string]>([
    [0, { workers: 0 }, 'workers: got 0, expected a whole number from 1'],
    [0, { localIterations: 1.5 }, 'localIterations: got 1.5, expected a whole number from 1'],
    [5, {}, 'step: got 5, expected a multiple of 6 below 40, where rounds of 2 workers begin'],
    [40, { localIterations: 5 }, 'step: got 40, expected a multiple of 10 below 40'],
  ])('do not begin at step %i with %j', (step, more, message) => {
    expect(() => roundAt(step, { workers: 2, localIterations: 3, ...more }, STEPS)).toThrow(message);
  });
});

describe('workersOf', () => {
  const of = (more: Partial<TrainingConfig>) => workersOf(configOf(more), 90);

  it('is what the config says, or rounds of about an epoch, and nothing for a sequential run', () => {
    expect(of({})).toBeUndefined();
    expect(of({ workers: 3, localIterations: 5 })).toEqual({ workers: 3, localIterations: 5 });
    expect(of({ workers: 1 })).toEqual({ workers: 1, localIterations: 9 });
    expect(of({ workers: 4 })).toEqual({ workers: 4, localIterations: 2 });
    expect(of({ workers: 20 })).toEqual({ workers: 20, localIterations: 1 });
    expect(of({ workers: 2, iterations: 6 })).toEqual({ workers: 2, localIterations: 3 });
    expect(of({ workers: 2, epochs: 0.5 })).toEqual({ workers: 2, localIterations: 2 });
  });

  it('lets evaluations be after the rounds that are nearest to an epoch', () => {
    expect(evaluateAfter({ workers: 4, localIterations: 2 }, 9)).toBe(8);
    expect(evaluateAfter({ workers: 2, localIterations: 1 }, 9)).toBe(10);
    expect(evaluateAfter({ workers: 20, localIterations: 1 }, 9)).toBe(20);
    expect(evaluateAfter({ workers: 1, localIterations: 9 }, 9)).toBe(9);
  });
});

describe('a data-parallel run', () => {
  it.each(SAMPLINGS.flatMap((sampling) => OPTIMIZERS.map((optimizer) => ({ sampling, optimizer }))))(
    'of one worker is the sequential run to the bit, whatever h: $sampling, $optimizer',
    ({ sampling, optimizer }) => {
      const config = configOf({ sampling, optimizer });
      const alone = trainedAlone(config);
      for (const localIterations of [1, 7, 20, 100]) {
        expect(trainedInRounds(config, { workers: 1, localIterations })).toEqual(alone);
      }
    },
  );

  it('of several workers is the same to the bit each time and on both backends, and another for other k and h', () => {
    const config = configOf({ sampling: 'shuffle', optimizer: 'adam' });
    const bytes = new Set<string>();
    for (const plan of [
      { workers: 2, localIterations: 3 },
      { workers: 3, localIterations: 2 },
      { workers: 4, localIterations: 7 },
    ]) {
      const first = trainedInRounds(config, plan);
      expect(trainedInRounds(config, plan)).toEqual(first);
      expect(trainedInRounds({ ...config, backend: 'reference' }, plan)).toEqual(first);
      bytes.add(first.join());
      expect(decodeCheckpoint(first).step).toBe(STEPS);
    }
    expect(bytes.size).toBe(3);
  });

  it('of one local iteration a round with plain gradient descent is a step on all batches at once, as long as theirs together', () => {
    for (const workers of [2, 3, 4]) {
      const config = configOf({ sampling: 'shuffle', learningRateSchedule: { kind: 'constant' } });
      const start = new Trainer(config, train);
      const from = encodeCheckpoint(start.checkpoint('hash'));
      const parts = partsOf(roundAt(0, { workers, localIterations: 1 }, STEPS));
      const results = parts.map((part) => trainedPart(config, from, part));
      const mean = averageCheckpoints(results, new Array<number>(workers).fill(BATCH));
      const sampler = new BatchSampler('shuffle', 90, config.seed);
      const all = new Uint32Array(workers * BATCH);
      parts.forEach((_, step) => {
        sampler.fill(all.subarray(step * BATCH, (step + 1) * BATCH), step);
      });
      const { loss, gradients } = start.network.gradient(train, all);
      start.network.layers.forEach(({ weights }, index) => {
        weights.forEach((weight, at) => {
          const expected = weight - workers * config.learningRate * gradients[index]!.weights[at]!;
          expect(mean.layers[index]!.weights[at]).toBeCloseTo(expected, 6);
        });
      });
      expect(mean.loss).toBeCloseTo(loss, 6);
    }
  });
});

describe("a worker's trainer", () => {
  const config = configOf();
  const start = encodeCheckpoint(new Trainer(config, train).checkpoint('hash'));
  const [, part] = partsOf(roundAt(0, { workers: 2, localIterations: 4 }, STEPS));
  const worker = () => new Trainer(config, train, decodeCheckpoint(start), undefined, part);

  it('trains its part and no more, and gives its state at the round’s end', () => {
    const trainer = worker();
    expect(trainer.step).toBe(4);
    expect(() => trainer.advance(9)).toThrow("untilStep: got 9, expected at most 8, the part's end");
    trainer.advance(7);
    expect(() => trainer.checkpoint('hash')).toThrow('checkpoint: got a part trained to step 7, expected 8');
    trainer.advance(8);
    expect(trainer.checkpoint('hash').step).toBe(8);
    const [first] = partsOf(roundAt(0, { workers: 2, localIterations: 4 }, STEPS));
    expect(trainedPart(config, start, first!).step).toBe(8);
  });

  it('refuses a checkpoint of another step than the round’s first', () => {
    const later = partsOf(roundAt(8, { workers: 2, localIterations: 4 }, STEPS))[0];
    expect(() => new Trainer(config, train, decodeCheckpoint(start), undefined, later)).toThrow(
      'checkpoint of step 0, the round begins at 8',
    );
  });
});
