/** Successive halving (K. Jamieson and A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", 2016). */

import { ConfigError } from '../../core/errors.ts';
import type { JobConfig } from '../schemas/config.ts';
import type { SweepInput, SweepPlan } from '../schemas/sweep.ts';

type Rungs = SweepPlan['rungs'];

/**
 * Of `eta` runs the best goes on, `eta` times as long, until one is left, which goes to the end, or all are there. One
 * rung without halving.
 *
 * @throws ConfigError when the configs don't fit halving
 */
export function planRungs(configs: readonly JobConfig[], halving: SweepInput['halving']): Rungs {
  if (halving === undefined) return [{ runs: configs.length, iterations: null }];
  const { firstIterations, eta } = halving;
  for (const config of configs) checkConfig(config, configs[0]!);
  const total = configs[0]!.iterations;
  if (firstIterations >= total) {
    throw new ConfigError(
      `sweep.halving.firstIterations: got ${firstIterations}, expected fewer than the config's ${total} iterations`,
    );
  }
  const rungs: Rungs = [];
  let iterations = firstIterations;
  for (let { length: runs } = configs; ; runs = Math.max(1, Math.floor(runs / eta)), iterations *= eta) {
    const isLast = runs === 1 || iterations >= total;
    rungs.push({ runs, iterations: isLast ? total : iterations });
    if (isLast) return rungs;
  }
}

/** A run that is continued has to be the longer run from its begin on. */
function checkConfig(config: JobConfig, first: JobConfig): void {
  if (config.epochs !== undefined) {
    throw new ConfigError('sweep.halving counts steps: give iterations in the config, not epochs');
  }
  if (config.iterations !== first.iterations) {
    throw new ConfigError('sweep.halving decides how long runs are: iterations cannot differ between them');
  }
  if (config.earlyStopping !== undefined) {
    throw new ConfigError(
      'sweep.halving decides which runs end early: leave earlyStopping out of the config',
    );
  }
  if (config.learningRateSchedule.kind === 'cosine') {
    throw new ConfigError(
      "sweep.halving makes runs longer, and the cosine schedule depends on a run's length: choose another learningRateSchedule",
    );
  }
}
