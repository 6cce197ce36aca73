/** What the steps that train need besides the bucket. */
import type { Backend, BackendName } from '../../core/kernels/engine.ts';
import { ENV } from '../contract/environment.ts';
import { backendFor } from '../kernels/kernels.ts';
import { emitMetrics } from '../observe/emf.ts';
import { logger } from '../observe/logging.ts';
import { progressMetrics } from '../observe/training-metrics.ts';
import { type Stopwatch, startStopwatch } from '../run/stopwatch.ts';
import type { JobConfig } from '../schemas/config.ts';
import type { RunProgress } from '../schemas/payloads.ts';
import { readPrices } from '../schemas/prices.ts';
import { countRequests } from '../store/counted-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { bucketStore, type Invocation, requireEnv } from './define-step.ts';

export interface TrainingServices extends Invocation {
  /** Its requests are part of what the stopwatch says that the invocation costs. */
  store: ObjectStore;
  stopwatch: Stopwatch;
  backend: (config: Pick<JobConfig, 'backend'>) => Backend;
}

/**
 * @param transitions state transitions that go with the invocation
 * @throws ConfigError when the deployment's prices are none
 */
export function trainingServices(invocation: Invocation, transitions: number): TrainingServices {
  const { memoryMb } = invocation;
  const { store, counts } = countRequests(bucketStore());
  return {
    ...invocation,
    store,
    stopwatch: startStopwatch(memoryMb, {
      prices: readPrices(process.env[ENV.prices]),
      requests: counts,
      transitions,
    }),
    backend: ({ backend }) => kernelsFor(backend, memoryMb),
  };
}

/** The container's kernels; the log says once what runs. */
export const kernelsFor = (name: BackendName, memoryMb: number): Backend =>
  backendFor(name, memoryMb, (facts) => logger.info('kernels', { ...facts }));

/** Writes the metrics of a step that made progress under the app's namespace, and returns the progress. */
export function progressReporter(): (progress: RunProgress) => RunProgress {
  const namespace = requireEnv(ENV.metricsNamespace);
  return (progress) => {
    emitMetrics(progressMetrics(namespace, progress));
    return progress;
  };
}
