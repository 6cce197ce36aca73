/** The schema of a training config: what the state machine gets, with the defaults filled in. */
import * as z from 'zod';
import { DEFAULT_CONFIG } from '../../core/training/config.ts';
import { MAX_WORKERS } from '../contract/limits.ts';
import { count, dataset, metricName, name } from './parts.ts';

const warmupEpochs = z.number().min(0).max(100_000).optional();

/** The state machine's input: all fields optional, unknown ones refused. */
export const trainingConfigSchema = z
  .strictObject({
    dataset: dataset.default(DEFAULT_CONFIG.dataset),
    layers: z.array(z.int().min(1).max(65_536)).min(2).max(32).default(DEFAULT_CONFIG.layers),
    activation: z.enum(['sigmoid', 'relu', 'step', 'identity']).default(DEFAULT_CONFIG.activation),
    output: z.enum(['softmax', 'identity']).default(DEFAULT_CONFIG.output),
    loss: z.enum(['crossEntropy', 'meanSquaredError']).default(DEFAULT_CONFIG.loss),
    weightInit: z
      .discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('normal'),
          std: z.number().positive().max(10),
        }),
        z.strictObject({ kind: z.literal('xavier') }),
        z.strictObject({ kind: z.literal('he') }),
      ])
      .default(DEFAULT_CONFIG.weightInit),
    iterations: z.int().min(1).max(99_999_999).default(DEFAULT_CONFIG.iterations),
    epochs: z.number().positive().max(100_000).optional(),
    batchSize: z.int().min(1).max(65_536).default(DEFAULT_CONFIG.batchSize),
    learningRate: z.number().positive().max(1000).default(DEFAULT_CONFIG.learningRate),
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
      .default(DEFAULT_CONFIG.learningRateSchedule),
    optimizer: z.enum(['sgd', 'momentum', 'adagrad', 'adam']).default(DEFAULT_CONFIG.optimizer),
    momentum: z.number().min(0).lt(1).default(DEFAULT_CONFIG.momentum),
    beta1: z.number().min(0).lt(1).default(DEFAULT_CONFIG.beta1),
    beta2: z.number().min(0).lt(1).default(DEFAULT_CONFIG.beta2),
    weightDecay: z.number().min(0).max(10).default(DEFAULT_CONFIG.weightDecay),
    sampling: z.enum(['withReplacement', 'shuffle', 'shardShuffle']).default(DEFAULT_CONFIG.sampling),
    shardsTogether: z.int().min(1).max(10_000).optional(),
    seed: z.int().min(0).max(0xffff_ffff).default(DEFAULT_CONFIG.seed),
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
    model: name.default(DEFAULT_CONFIG.model),
    promotion: z
      .strictObject({
        metric: metricName.optional(),
        tolerance: z.number().min(0).max(1000).default(0),
      })
      .optional(),
    maxDollars: z.number().positive().max(1_000_000).optional(),
    maxSeconds: z.number().positive().max(100_000_000).optional(),
    precision: z.literal('float32').default(DEFAULT_CONFIG.precision),
    backend: z.enum(['wasm', 'reference']).default(DEFAULT_CONFIG.backend),
  })
  .refine((c) => (c.output === 'softmax') === (c.loss === 'crossEntropy'), {
    path: ['loss'],
    message: 'output "softmax" goes with loss "crossEntropy", output "identity" with "meanSquaredError"',
  });
