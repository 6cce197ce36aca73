/** What the random networks of pictures cover: each kind has to come often enough in a thousand of them. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type LayerPlan, planLayers } from '../../../core/network/plan.ts';
import { HUGE, type PicturesCase, pictureCases } from './random-pictures.ts';

const CASES = 1000;
/** So many of them are found wherever a mistake is made that one case of the kind shows. */
const OFTEN = 20;

const anyOf = (is: (layer: LayerPlan) => boolean) => (_: PicturesCase, plan: readonly LayerPlan[]) =>
  plan.some(is);
const isPool = (layer: LayerPlan) => layer.kind === 'maxPool' || layer.kind === 'averagePool';
const isPicture = (layer: LayerPlan) => layer.kind === 'convolution' || isPool(layer);
const placesOf = (layer: LayerPlan) => ('places' in layer ? layer.places : undefined);
const channelsIn = (layer: LayerPlan | undefined) => (layer?.input.length === 3 ? layer.input[2] : undefined);
const isWhole = (layer: LayerPlan) => {
  const places = placesOf(layer);
  return places !== undefined && places.height === layer.input[0] && places.width === layer.input[1];
};
const isPadded = (layer: LayerPlan) => (placesOf(layer)?.top ?? 0) + (placesOf(layer)?.left ?? 0) > 0;
const hasStride = (layer: LayerPlan) => {
  const places = placesOf(layer);
  return places !== undefined && places.strideDown > 1 && places.strideAcross > 1;
};

const KINDS: Record<string, (sample: PicturesCase, plan: readonly LayerPlan[]) => boolean> = {
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6, 7].map((channels) => [
      `a convolution or pool of ${channels} channels of the data`,
      (_: PicturesCase, plan: readonly LayerPlan[]) => channelsIn(plan.find(isPicture)) === channels,
    ]),
  ),
  'sides that are odd and differ': anyOf(
    ({ kind, input: [height, width] }) =>
      kind === 'convolution' && height % 2 === 1 && width! % 2 === 1 && height !== width,
  ),
  'two convolutions': (_, plan) => plan.filter(({ kind }) => kind === 'convolution').length > 1,
  'a convolution with strides above 1': anyOf((layer) => layer.kind === 'convolution' && hasStride(layer)),
  'strides that differ': anyOf((layer) => {
    const places = placesOf(layer);
    return places !== undefined && places.strideDown !== places.strideAcross;
  }),
  'zeros around the picture': anyOf(isPadded),
  'zeros around the picture and strides above 1': anyOf((layer) => isPadded(layer) && hasStride(layer)),
  'strides beyond the window': anyOf((layer) => {
    const places = placesOf(layer);
    return places !== undefined && places.strideDown > places.height;
  }),
  'a kernel as large as the picture': anyOf(
    (layer) => layer.kind === 'convolution' && layer.inputs > 6 && isWhole(layer),
  ),
  'a kernel of one pixel': anyOf(
    (layer) => layer.kind === 'convolution' && layer.places.height * layer.places.width === 1,
  ),
  'a pool as large as the picture': anyOf((layer) => isPool(layer) && layer.inputs > 6 && isWhole(layer)),
  'a max pool whose windows overlap': anyOf(
    (layer) => layer.kind === 'maxPool' && layer.places.height > layer.places.strideDown,
  ),
  'an average pool of many pixels': anyOf(
    (layer) => layer.kind === 'averagePool' && layer.places.height * layer.places.width > 3,
  ),
  'a max pool that has equal values to choose from': (sample, plan) =>
    (sample.numbers === 'whole' || sample.numbers === 'zeros') &&
    plan.some((layer) => layer.kind === 'maxPool' && layer.places.height * layer.places.width > 1),
  dropout: anyOf(({ kind }) => kind === 'dropout'),
  'dropout of a picture': anyOf(({ kind, input }) => kind === 'dropout' && input.length === 3),
  'a last batch that is shorter': ({ batchSize, lastBatch }) => lastBatch < batchSize,
  'a batch of a single row': ({ batchSize }) => batchSize === 1,
  'a batch of more than a block': ({ batchSize }) => batchSize > 256,
  'inputs that are all zero': ({ numbers }) => numbers === 'nothing',
  'weights of zeros of both signs': ({ numbers }) => numbers === 'zeros',
  'subnormal weights and inputs': ({ numbers, scale }) => numbers === 'normal' && scale < 1e-38,
  'products that are subnormal': ({ numbers, scale }) => numbers === 'normal' && scale === 1e-20,
  'sums beyond float32': ({ numbers, scale }) => numbers === 'normal' && scale >= HUGE,
  'bytes as inputs': ({ isBytes }) => isBytes,
  'floats as inputs': ({ isBytes }) => !isBytes,
};

const drawn = fc
  .sample(pictureCases, { numRuns: CASES, seed: 1 })
  .map((sample) => ({ sample, plan: planLayers(sample.architecture.layers, 'relu') }));

it.each(Object.entries(KINDS))('%s', (_, is) => {
  const found = drawn.filter(({ sample, plan }) => is(sample, plan)).length;
  expect(found).toBeGreaterThanOrEqual(OFTEN);
});
