/** The learning rate of each step: a pure function of config and step, so that a resumed run needs no history. */
import { cosSinOfTurns, power } from '../math/elementary.ts';
import { stepsPerEpoch, type TrainingConfig, totalSteps } from './config.ts';

/**
 * @param step 0-based
 * @param trainSize samples in the training set, which make an epoch
 * @returns the rate before rounding to float32
 */
export function learningRateAt(config: TrainingConfig, step: number, trainSize: number): number {
  const { learningRate, learningRateSchedule: schedule } = config;
  const perEpoch = stepsPerEpoch(config.batchSize, trainSize);
  const warmup = Math.round((schedule.warmupEpochs ?? 0) * perEpoch);
  // From learningRate/warmup in equal increments up to the whole.
  if (step < warmup) return (learningRate * (step + 1)) / warmup;
  switch (schedule.kind) {
    case 'constant':
      return learningRate;
    case 'step': {
      const drops = Math.floor((step - warmup) / Math.max(1, Math.round(schedule.everyEpochs * perEpoch)));
      return learningRate * power(schedule.factor, drops);
    }
    case 'cosine': {
      // Half a turn from learningRate down to `final` (I. Loshchilov and F. Hutter, "SGDR", 2017, without restarts).
      const last = Math.max(1, totalSteps(config, trainSize) - 1 - warmup);
      const progress = Math.min(1, (step - warmup) / last);
      const [cos] = cosSinOfTurns(progress / 2);
      return schedule.final + ((learningRate - schedule.final) * (1 + cos)) / 2;
    }
  }
}
