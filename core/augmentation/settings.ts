/** Data augmentation, as a config says it: how far pictures are changed at random before a step trains on them. */
import { ConfigError } from '../errors.ts';
import type { LayerSpecs, PictureShape } from '../network/layers.ts';
import { planLayers } from '../network/plan.ts';

/** What is left out changes nothing. Each row of each step has draws of its own. */
export interface Augmentation {
  /** Moves a picture by up to as many pixels up or down, and left or right. Uniform, not in whole pixels. */
  shift?: number;
  /** Turns it about its centre by up to as many degrees either way. Uniform. */
  rotation?: number;
  /** Makes it larger or smaller by up to this share, height and width alike: 0.1 is 0.9 to 1.1 times. Uniform. */
  scale?: number;
  /**
   * Elastic distortions (P. Simard, D. Steinkraus and J. Platt, "Best Practices for Convolutional Neural Networks",
   * 2003): each pixel is displaced by uniform noise of (-1, 1), smoothed by a Gaussian of standard deviation `sigma`
   * pixels and of sum 1, times `alpha` pixels.
   */
  elastic?: ElasticDistortion;
  /** Mirrors every other picture, left to right. */
  flip?: boolean;
  /** Random crop of the picture with as many zeros around it: a move by whole pixels, each as often. */
  crop?: number;
}

export interface ElasticDistortion {
  alpha: number;
  sigma: number;
}

/** The Gaussian reaches three of these to either side. */
export const MAX_SIGMA = 32;
/** Of numbers of pixels. */
export const MAX_PIXELS = 1024;

type Check = readonly [expected: string, isFine: (value: unknown) => boolean];

const numberIn = (least: number, most: number, unit: string): Check => [
  `${unit} from ${least} to ${most}`,
  (value) => typeof value === 'number' && value >= least && value <= most,
];

const CHECKS: Readonly<Record<keyof Augmentation, Check>> = {
  shift: numberIn(0, MAX_PIXELS, 'pixels'),
  rotation: numberIn(0, 180, 'degrees'),
  scale: ['a share from 0 to below 1', (value) => typeof value === 'number' && value >= 0 && value < 1],
  elastic: ['alpha and sigma', (value) => typeof value === 'object' && value !== null],
  flip: ['true or false', (value) => typeof value === 'boolean'],
  crop: [
    `a whole number of pixels from 0 to ${MAX_PIXELS}`,
    (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_PIXELS,
  ],
};

const ELASTIC_CHECKS: Readonly<Record<keyof ElasticDistortion, Check>> = {
  alpha: numberIn(0, MAX_PIXELS, 'pixels'),
  sigma: [
    `pixels above 0, up to ${MAX_SIGMA}`,
    (value) => typeof value === 'number' && value > 0 && value <= MAX_SIGMA,
  ],
};

/** @throws ConfigError naming the field, its value and what is allowed */
export function checkAugmentation(augmentation: Augmentation): void {
  if (typeof augmentation !== 'object' || augmentation === null || Array.isArray(augmentation)) {
    throw new ConfigError(`augmentation: got ${JSON.stringify(augmentation)}, expected an object`);
  }
  checkAll('augmentation', augmentation, CHECKS);
  if (augmentation.elastic !== undefined) {
    checkAll('augmentation.elastic', augmentation.elastic, ELASTIC_CHECKS);
    for (const name of ['alpha', 'sigma'] as const) {
      if (augmentation.elastic[name] !== undefined) continue;
      throw new ConfigError(`augmentation.elastic.${name}: got none, expected ${ELASTIC_CHECKS[name][0]}`);
    }
  }
}

/**
 * The pictures that a network with augmentation takes.
 *
 * @throws ConfigError as checkAugmentation, and for a network whose first layer doesn't say its pictures' size
 */
export function picturesToAugment(augmentation: Augmentation, layers: LayerSpecs): PictureShape {
  checkAugmentation(augmentation);
  const [first] = planLayers(layers, 'identity');
  if (first!.input.length === 3) return first!.input;
  throw new ConfigError(
    `layers[0]: got ${JSON.stringify(layers[0])}, expected [height, width, channels] with augmentation, which must know the pictures' size; dense layers may follow, as in [[28, 28, 1], 800, 10]`,
  );
}

function checkAll(at: string, values: object, checks: Readonly<Record<string, Check>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(checks, name)) {
      throw new ConfigError(`${at}.${name}: unknown, expected ${Object.keys(checks).join(', ')}`);
    }
    const [expected, isFine] = checks[name]!;
    if (isFine(value)) continue;
    throw new ConfigError(`${at}.${name}: got ${JSON.stringify(value)}, expected ${expected}`);
  }
}
