/** A job: the state machine's input with the defaults filled in. Its training is core's, the rest is the pipeline's. */
import * as z from 'zod';
import { ConfigError } from '../../core/errors.ts';
import type { Catalogue } from '../../core/ingest/catalogue/datasets.ts';
import { presumedShape } from '../../core/ingest/catalogue/known-shape.ts';
import { specOf, type UserDataset } from '../../core/ingest/catalogue/user-dataset.ts';
import { BACKENDS, OPTIMIZERS } from '../../core/kernels/engine.ts';
import { ACTIVATIONS, LOSSES, OUTPUTS } from '../../core/network/architecture.ts';
import type { LayerSpec, LayerSpecs } from '../../core/network/layers.ts';
import { DEFAULT_CONFIG, SAMPLINGS, type TrainingConfig } from '../../core/training/config.ts';
import type { EarlyStopping, MetricName } from '../../core/training/metric.ts';
import { MAX_WORKERS } from '../contract/limits.ts';
import { augmentation } from './augmentation.ts';
import { dataset } from './dataset.ts';
import { givenLayers, hiddenLayers, openLayers } from './layer-specs.ts';
import { isOpen, layersGiven, withSizes } from './layers.ts';
import { parsePayload } from './parse.ts';
import { count, metricName, name } from './parts.ts';

/** Lets a run's result serve only when it is not worse than what serves by more than `tolerance`. */
export interface PromotionCondition {
  /** Default testAccuracy, for a regression testLoss. `loss` is of the last step's batch. */
  metric?: MetricName;
  tolerance: number;
}

/** `always` lets any result serve. */
export type Promotion = PromotionCondition | 'always';

/** Without a condition: how much worse than what serves a result may be, of an accuracy 0.01, of a loss one part in 100. */
export const DEFAULT_TOLERANCE = 0.01;

/** How people may say what the layers are. */
export interface GivenLayers {
  /**
   * Inputs, then each layer: units, as in [784, 50, 10], or what pictures go through, as in `[[28, 28, 1], {"conv": 16,
   * "kernel": 3}, {"maxPool": 2}, {"dropout": 0.25}, 10]`. A list of one is that of the hidden layers.
   */
  layers?: LayerSpecs;
  /** The hidden layers, instead of `layers`. The first and the last layer are then what the dataset needs. */
  hidden?: readonly LayerSpec[];
}

/** What a run is asked to do, from the dataset to the model that it is promoted to. */
export interface JobConfig extends TrainingConfig {
  /** What is learned: a dataset that has a name, be it of the catalogue or added to the bucket, or files of your own. */
  dataset: string | UserDataset;
  /**
   * Steps of one invocation at most; as many as its time allows when left out. The weights do not depend on it, and there
   * is a checkpoint at each epoch in any case.
   */
  chunkIterations?: number;
  /**
   * Steps between evaluations on the training and test set; one epoch when left out, or the number of rounds nearest to
   * it.
   */
  evaluateEvery?: number;
  /**
   * Ends the run when `monitor` has not improved by `minDelta` for `patience` evaluations; `restoreBest` goes back to
   * the best weights. `monitor` is testAccuracy when left out, testLoss for a regression.
   */
  earlyStopping?: EarlyStopping;
  /** Name of the model that the result becomes a version of. */
  model: string;
  /**
   * The result serves only when its `metric` is not worse than the serving version's by more than `tolerance`. `metric`
   * is testAccuracy when left out, testLoss for a regression. Without a condition the tolerance is 0.01, of a loss 1 % of
   * the serving version's. `"always"` lets every result serve.
   */
  promotion?: Promotion;
  /**
   * US dollars, at least what a run costs before it trains. The run ends at a step, evaluated, before its estimated cost
   * passes them; it is promoted when it has trained an epoch.
   */
  maxDollars?: number;
  /** Seconds since the run's first start, more than 2. They end a run as `maxDollars` do. */
  maxSeconds?: number;
}

/** The textbook's job: 10,000 steps of 100 images of MNIST through 784-50-10. */
export const DEFAULT_JOB: Readonly<JobConfig> = { ...DEFAULT_CONFIG, dataset: 'mnist', model: 'mnist' };

const warmupEpochs = z.number().min(0).max(100_000).optional();

const promotionCondition = z.strictObject({
  metric: metricName.optional(),
  tolerance: z.number().min(0).max(1000).default(0),
});

const outputFitsLoss = ({ output, loss }: Pick<JobConfig, 'output' | 'loss'>) =>
  (output === 'softmax') === (loss === 'crossEntropy');
const misfit = () => ({
  path: ['loss'],
  message: 'output "softmax" goes with loss "crossEntropy", output "identity" with "meanSquaredError"',
});

/** A job's config as states carry it. */
export const jobConfigSchema = z
  .strictObject({
    dataset: dataset.default(DEFAULT_JOB.dataset),
    layers: openLayers.default(DEFAULT_JOB.layers),
    activation: z.enum(ACTIVATIONS).default(DEFAULT_JOB.activation),
    output: z.enum(OUTPUTS).default(DEFAULT_JOB.output),
    loss: z.enum(LOSSES).default(DEFAULT_JOB.loss),
    weightInit: z
      .discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('normal'),
          std: z.number().positive().max(10),
        }),
        z.strictObject({ kind: z.literal('xavier') }),
        z.strictObject({ kind: z.literal('he') }),
      ])
      .default(DEFAULT_JOB.weightInit),
    iterations: z.int().min(1).max(99_999_999).default(DEFAULT_JOB.iterations),
    epochs: z.number().positive().max(100_000).optional(),
    batchSize: z.int().min(1).max(65_536).default(DEFAULT_JOB.batchSize),
    learningRate: z.number().positive().max(1000).default(DEFAULT_JOB.learningRate),
    learningRateSchedule: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('constant'), warmupEpochs }),
        z.strictObject({
          kind: z.literal('step'),
          everyEpochs: z.number().positive().max(100_000),
          factor: z.number().positive().max(1),
          warmupEpochs,
        }),
        z.strictObject({ kind: z.literal('cosine'), final: z.number().min(0).max(1000), warmupEpochs }),
      ])
      .default(DEFAULT_JOB.learningRateSchedule),
    optimizer: z.enum(OPTIMIZERS).default(DEFAULT_JOB.optimizer),
    momentum: z.number().min(0).lt(1).default(DEFAULT_JOB.momentum),
    beta1: z.number().min(0).lt(1).default(DEFAULT_JOB.beta1),
    beta2: z.number().min(0).lt(1).default(DEFAULT_JOB.beta2),
    weightDecay: z.number().min(0).max(10).default(DEFAULT_JOB.weightDecay),
    sampling: z.enum(SAMPLINGS).default(DEFAULT_JOB.sampling),
    shardsTogether: z.int().min(1).max(10_000).optional(),
    augmentation: augmentation.optional(),
    seed: z.int().min(0).max(0xffff_ffff).default(DEFAULT_JOB.seed),
    chunkIterations: count.optional(),
    workers: z.int().min(1).max(MAX_WORKERS).optional(),
    localIterations: count.optional(),
    evaluateEvery: count.optional(),
    earlyStopping: z
      .strictObject({
        monitor: metricName.optional(),
        patience: z.int().min(1).max(100_000).default(5),
        minDelta: z.number().min(0).max(1000).default(0),
        restoreBest: z.boolean().default(true),
      })
      .optional(),
    model: name.default(DEFAULT_JOB.model),
    promotion: z.union([z.literal('always'), promotionCondition]).optional(),
    maxDollars: z.number().positive().max(1_000_000).optional(),
    maxSeconds: z.number().positive().max(100_000_000).optional(),
    precision: z.literal('float32').default(DEFAULT_JOB.precision),
    backend: z.enum(BACKENDS).default(DEFAULT_JOB.backend),
  })
  .refine(outputFitsLoss, misfit());

/** Of a run that has begun, and of a version. */
export const trainedConfigSchema = jobConfigSchema.refine(({ layers }) => !isOpen(layers), {
  path: ['layers'],
  message: 'expected the sizes of all layers',
});

const { dataset: given, layers: _, ...others } = jobConfigSchema.shape;
/** The state machine's input: all fields optional, unknown ones refused. */
export const jobInputSchema = z
  .strictObject({
    dataset: given,
    layers: givenLayers.optional(),
    hidden: hiddenLayers.optional(),
    ...others,
  })
  .refine(outputFitsLoss, misfit());

/**
 * A job's config as somebody gave it, with its defaults, and with the sizes of the first and last layer as far as they
 * are known before the dataset's files are read.
 *
 * @throws ConfigError naming each wrong field
 */
export function parseJobInput(input: unknown, catalogue?: Catalogue): JobConfig {
  const { hidden, layers, ...others } = parsePayload(jobInputSchema, input, 'config');
  // The one with a default is there in any case.
  if (others.epochs !== undefined && (input as Partial<JobConfig>).iterations !== undefined) {
    throw new ConfigError(
      `config.epochs: got ${others.epochs} beside iterations ${others.iterations}, expected one of the two`,
    );
  }
  const config = { ...others, layers: layersGiven({ layers, hidden }) };
  return withSizes(config, presumedShape(specOf(config.dataset, catalogue), config.layers));
}

/** The same of an input that may be no job's at all, as that of another state machine: undefined then. */
export function jobOf(input: unknown): JobConfig | undefined {
  try {
    return parseJobInput(input);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
