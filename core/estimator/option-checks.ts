/** What each option may be. */

import { SCALINGS } from '../ingest/table/schema.ts';
import { BACKENDS, type Backend, OPTIMIZERS } from '../kernels/engine.ts';
import { ACTIVATIONS } from '../network/architecture.ts';
import {
  belowOne,
  type Checks,
  layerList,
  notNegative,
  oneOf,
  positive,
  wholeNumber,
} from './check-options.ts';
import {
  type AbortSignalLike,
  type FitOptions,
  INPUT_SCALINGS,
  type LoadOptions,
  type ModelOptions,
  TASKS,
} from './options.ts';

const classes = (value: unknown): string | undefined =>
  Array.isArray(value) && value.length >= 2 && new Set(value).size === value.length && areLabels(value)
    ? undefined
    : 'at least two different strings, whole numbers or booleans, all of one type';

const areLabels = (values: readonly unknown[]): boolean =>
  ['string', 'number', 'boolean'].includes(typeof values[0]) &&
  values.every(
    (value) =>
      typeof value === typeof values[0] && (typeof value !== 'number' || Number.isSafeInteger(value)),
  );

const weightInit = (value: unknown): string | undefined => {
  const { kind, std } = Object(value) as { kind?: unknown; std?: unknown };
  const isFine = kind === 'normal' ? positive(std) === undefined : kind === 'xavier' || kind === 'he';
  return isFine
    ? undefined
    : '{ kind: "he" }, { kind: "xavier" } or { kind: "normal", std: a number above 0 }';
};

const backend = (value: unknown): string | undefined =>
  typeof (value as Partial<Backend> | null)?.createEngine === 'function'
    ? undefined
    : oneOf(BACKENDS)(value) && `${oneOf(BACKENDS)(value)}, or a Backend`;

const validation = (value: unknown): string | undefined => {
  const isFraction = typeof value === 'number' && value > 0 && value < 1;
  const isRows = typeof value === 'object' && value !== null && 'x' in value && 'y' in value;
  return isFraction || isRows ? undefined : 'a fraction between 0 and 1, or { x, y }';
};

export const MODEL_CHECKS: Checks<ModelOptions> = {
  task: oneOf(TASKS),
  hidden: layerList(0),
  layers: layerList(2),
  activation: oneOf(ACTIVATIONS),
  classes,
  scaling: oneOf(INPUT_SCALINGS),
  targetScaling: oneOf(SCALINGS),
  augmentation: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'an object',
  weightInit,
  optimizer: oneOf(OPTIMIZERS),
  learningRate: positive,
  momentum: belowOne,
  beta1: belowOne,
  beta2: belowOne,
  weightDecay: notNegative,
  seed: wholeNumber(0, 2 ** 32 - 1),
  backend,
};

export const FIT_CHECKS: Checks<FitOptions> = {
  epochs: wholeNumber(1),
  batchSize: wholeNumber(1),
  validation,
  onEpoch: (value) => (typeof value === 'function' ? undefined : 'a function'),
  signal: (value) =>
    typeof (value as Partial<AbortSignalLike> | null)?.aborted === 'boolean' ? undefined : 'an AbortSignal',
};

export const LOAD_CHECKS: Checks<LoadOptions> = {
  backend,
  scaling: oneOf(['pixels', 'none']),
  classes,
};
