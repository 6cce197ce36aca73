/** What is measured. */
import { DEFAULT_CONFIG, type TrainingConfig } from '../../../core/training/config.ts';

/** Of each unit in a second. */
const PER_SECOND = { s: 1, ms: 1e3, µs: 1e6 } as const;

/** One figure of a job, made of seconds that a competitor measured. */
export interface Metric {
  /** Key in a competitor's timings. */
  id: string;
  title: string;
  unit: keyof typeof PER_SECOND;
  /** Of training: the steps that it is the time of. */
  steps?: number;
}

/** @param timed steps that the seconds are of */
export const figureOf = ({ unit, steps }: Metric, seconds: number, timed: number): number =>
  seconds * PER_SECOND[unit] * (steps === undefined ? 1 : steps / timed);

export interface Job {
  id: string;
  kind: 'training' | 'inference';
  title: string;
  config: TrainingConfig;
  /** Training steps that are timed; for inference those of the network that is asked. */
  steps: number;
  /** Untimed steps before them, on weights of their own: for compilers, caches and threads. */
  warmup: number;
  /** Test images that tell whether everyone did the same work. */
  scored: number;
  /** Calls that an inference figure is the mean of, or fewer when they take long. */
  calls: { single: number; batch: number };
  metrics: Metric[];
}

type Network = Pick<TrainingConfig, 'layers' | 'activation' | 'weightInit' | 'batchSize'>;

const TEXTBOOK: Network = DEFAULT_CONFIG;
const WIDE: Network = {
  layers: [784, 512, 256, 10],
  activation: 'relu',
  weightInit: { kind: 'he' },
  batchSize: 128,
};
/** Padded, so that pools halve the sides. */
const CONV: Network = {
  layers: [
    [28, 28, 1],
    { conv: 16, kernel: 3, padding: 'same' },
    { maxPool: 2 },
    { conv: 32, kernel: 3, padding: 'same' },
    { maxPool: 2 },
    128,
    10,
  ],
  activation: 'relu',
  weightInit: { kind: 'he' },
  batchSize: 64,
};
const CONV_TITLE = '28×28 → conv 16 → pool → conv 32 → pool → 128 → 10 ReLU';

const inferenceMetrics: Metric[] = [
  { id: 'single', title: 'one image, from bytes', unit: 'µs' },
  { id: 'hundred', title: '100 images, from bytes', unit: 'µs' },
  { id: 'batch', title: '10,000 images', unit: 'ms' },
  { id: 'batchFromBytes', title: '10,000 images, from bytes', unit: 'ms' },
];

const oneStep: Metric = { id: 'training', title: 'one step', unit: 'ms', steps: 1 };

/** @param isQuick a tenth of the work, to see that all runs; its figures are no measurement */
export function allJobs(isQuick: boolean): Job[] {
  const share = isQuick ? 0.1 : 1;
  const textbookSteps = DEFAULT_CONFIG.iterations * share;
  const config = (network: Network): TrainingConfig => ({ ...DEFAULT_CONFIG, ...network });
  const scored = 10_000;
  const inference = { kind: 'inference', warmup: 0, metrics: inferenceMetrics, scored } as const;
  const calls = { single: 2000 * share, batch: 20 * share };
  return [
    {
      id: 'textbook',
      kind: 'training',
      title: 'textbook job: 784-50-10 sigmoid, batch 100',
      config: config(TEXTBOOK),
      steps: textbookSteps,
      warmup: 500 * share,
      calls,
      scored,
      metrics: [
        {
          id: 'training',
          title: `${textbookSteps.toLocaleString('en')} steps`,
          unit: 's',
          steps: textbookSteps,
        },
      ],
    },
    {
      id: 'wide',
      kind: 'training',
      title: 'wide job: 784-512-256-10 ReLU, batch 128',
      config: config(WIDE),
      steps: 1000 * share,
      warmup: 50,
      calls,
      scored,
      metrics: [oneStep],
    },
    {
      id: 'conv',
      kind: 'training',
      title: `conv job: ${CONV_TITLE}, batch 64`,
      // At the textbook's rate, rounding alone would lead to other networks within 200 steps.
      config: { ...config(CONV), learningRate: 0.003 },
      steps: 200 * share,
      warmup: 10,
      calls,
      // The slow ones would take longer for more than for the steps.
      scored: 1000,
      metrics: [oneStep],
    },
    {
      ...inference,
      id: 'textbook-inference',
      title: 'inference, 784-50-10 sigmoid',
      config: config(TEXTBOOK),
      steps: 1000,
      calls,
    },
    {
      ...inference,
      id: 'wide-inference',
      title: 'inference, 784-512-256-10 ReLU',
      config: config(WIDE),
      steps: 200,
      calls,
    },
    {
      ...inference,
      id: 'conv-inference',
      title: `inference, ${CONV_TITLE}`,
      config: config(CONV),
      steps: 100,
      calls: { single: 1000 * share, batch: 10 * share },
    },
  ];
}
