/** What runs are asked to do in simulations, and how they have to end. */
import type { LayerSpecs } from '../../../core/network/layers.ts';
import { isDense } from '../../../core/network/plan.ts';
import type { Random } from './random.ts';
import { DATASET, MODEL, SIDE, SIZES } from './tiny-dataset.ts';

/** Seeds of the configs that simulations use. */
export const CONFIG_SEEDS = [1, 2, 3] as const;
/** So many that the last chunk or round is a short one, whose parts are of different lengths. */
export const ITERATIONS = 25;

/** By three workers, in three rounds. */
const ROUNDS = { workers: 3, localIterations: 3 } as const;
/** With a convolution whose window reaches over the edge, overlapping pools, and draws that depend on the step. */
const PICTURES: { layers: LayerSpecs; augmentation: object; learningRate: number } = {
  augmentation: { rotation: 10, scale: 0.2, flip: true },
  layers: [
    [SIDE, SIDE, 1],
    { conv: 3, kernel: 2, padding: 'same', activation: 'relu' },
    { maxPool: 2, stride: 1 },
    { dropout: 0.25 },
    4,
    SIDE,
  ],
  learningRate: 0.3,
};

/** Ways of training that end with other weights. */
export const KINDS = {
  chunks: {},
  rounds: ROUNDS,
  /** Over shards that are read when their turn comes. */
  shuffled: { sampling: 'shardShuffle', shardsTogether: 2 },
  slow: { learningRate: 0.25 },
  pictures: PICTURES,
  pictureRounds: { ...PICTURES, ...ROUNDS },
} as const;
export type Kind = keyof typeof KINDS;

export interface EarlyStopping {
  monitor: 'testLoss';
  patience: number;
  minDelta: number;
  restoreBest: boolean;
}

export interface Config {
  layers: LayerSpecs;
  augmentation?: object;
  seed: number;
  iterations: number;
  learningRate: number;
  sampling?: string;
  workers?: number;
  evaluateEvery?: number;
  chunkIterations?: number | undefined;
  earlyStopping?: EarlyStopping;
  promotion: object | 'always';
  maxDollars?: number;
  maxSeconds?: number;
}

export function configOf(kind: Kind, seed: number, more: Partial<Config> = {}): Config {
  return {
    ...BASE,
    ...KINDS[kind],
    seed,
    ...more,
  };
}

const BASE = {
  dataset: DATASET,
  layers: [SIDE * SIDE, 4, SIDE],
  weightInit: { kind: 'he' },
  batchSize: 5,
  learningRate: 0.5,
  iterations: ITERATIONS,
  model: MODEL,
  backend: 'reference',
  promotion: 'always' as const,
};

/** Names the weights that a run has at each of its steps: chunks, evaluations and ways to end decide nothing of them. */
export function weightsOf({ seed, layers, workers, sampling, learningRate }: Config): string {
  const kind = !isDense(layers)
    ? workers !== undefined
      ? 'pictureRounds'
      : 'pictures'
    : workers !== undefined
      ? 'rounds'
      : sampling !== undefined
        ? 'shuffled'
        : learningRate < 0.5
          ? 'slow'
          : 'chunks';
  return `${kind}, seed ${seed}`;
}

export const STEPS_PER_EPOCH = SIZES.train / BASE.batchSize;
/** Checkpoints stand at each sixth step; a chunk that nobody limits is the whole run. */
const STEPS_PER_CHUNK = [2, 3, 8, 24, undefined] as const;
const EVALUATE_EVERY = [4, 5, 7] as const;
/** Steps between the evaluations of rounds: one's, and two's. */
const EVALUATE_ROUNDS = [9, 18] as const;
const SHARES = {
  ...{ pictureRounds: 0.08, rounds: 0.22, shuffled: 0.2, pictures: 0.15 },
  ...{ gated: 0.3, stopped: 0.3, capped: 0.3 },
} as const;
/** So tight that they end a run on its way, or so wide that they never do. */
const MOST_DOLLARS = [0.00025, 0.0005, 10] as const;
const MOST_SECONDS = [4, 8, 10_000_000] as const;

/** A job as people give them, whatever they combine. */
export function drawConfig(scenario: Random): Config {
  const seed = scenario.pick(CONFIG_SEEDS);
  const share = scenario.next();
  const more: Partial<Config> = {};
  if (scenario.chance(SHARES.gated)) more.promotion = { metric: 'testAccuracy', tolerance: 0.1 };
  if (scenario.chance(SHARES.stopped)) {
    more.earlyStopping = {
      monitor: 'testLoss',
      patience: 1 + scenario.below(2),
      minDelta: scenario.pick([0, 0.01, 0.05]),
      restoreBest: scenario.chance(0.5),
    };
  }
  if (scenario.chance(SHARES.capped)) {
    if (scenario.chance(0.5)) more.maxDollars = scenario.pick(MOST_DOLLARS);
    else more.maxSeconds = scenario.pick(MOST_SECONDS);
  }
  const kind = kindAt(share);
  const ends =
    'workers' in KINDS[kind]
      ? { evaluateEvery: scenario.pick(EVALUATE_ROUNDS) }
      : {
          chunkIterations: scenario.pick(STEPS_PER_CHUNK),
          evaluateEvery: scenario.pick(EVALUATE_EVERY),
        };
  return configOf(kind, seed, { ...more, ...ends });
}

/** @param share from 0 to below 1 */
function kindAt(share: number): Kind {
  let left = share;
  for (const kind of ['pictureRounds', 'rounds', 'shuffled', 'pictures'] as const) {
    left -= SHARES[kind];
    if (left < 0) return kind;
  }
  return 'chunks';
}

/**
 * At which step's weights the run ends that no cap ends, told by what evaluations say: the last step, or where patience
 * is over, or the best one's before that.
 *
 * @param lossAt testLoss after a step
 */
export function lastStepOf(config: Config, lossAt: (step: number) => number): number {
  const { iterations, evaluateEvery = iterations, earlyStopping } = config;
  if (earlyStopping === undefined) return iterations;
  const { patience, minDelta, restoreBest } = earlyStopping;
  let best = { step: 0, loss: lossAt(0) };
  let inVain = 0;
  for (let step = evaluateEvery; ; step += evaluateEvery) {
    const at = Math.min(step, iterations);
    const loss = lossAt(at);
    inVain = best.loss - loss > minDelta ? 0 : inVain + 1;
    if (inVain === 0) best = { step: at, loss };
    if (at === iterations || inVain === patience) return restoreBest ? best.step : at;
  }
}
