/** What is measured. */
import { DEFAULT_CONFIG, type TrainingConfig } from '../../../core/index.ts';
import given from './jobs.json' with { type: 'json' };

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
  /** Calls that an inference figure is the mean of, or fewer when they take long. */
  calls: { single: number; batch: number };
  metrics: Metric[];
}

const NETWORKS = given.networks as Record<string, Partial<TrainingConfig>>;
/** Of all work that is timed, and steps before it at most, where a run is quick. */
const QUICK = { share: 0.1, warmup: 50 };

/** @param isQuick a tenth of the work, to see that all runs; its figures are no measurement */
export function allJobs(isQuick: boolean): Job[] {
  const share = isQuick ? QUICK.share : 1;
  return given.jobs.map(({ network, warmup = 0, metrics, ...job }) => {
    const isTraining = job.kind === 'training';
    const steps = isTraining ? job.steps * share : job.steps;
    const whole = { id: 'training', title: `${steps.toLocaleString('en')} steps`, unit: 's', steps };
    return {
      ...job,
      steps,
      config: { ...DEFAULT_CONFIG, ...NETWORKS[network] },
      warmup: isQuick ? Math.min(QUICK.warmup, warmup) : warmup,
      calls: { single: 2000 * share, batch: 20 * share },
      metrics: metrics ?? (isTraining ? [whole] : given.inference),
    } as Job;
  });
}
