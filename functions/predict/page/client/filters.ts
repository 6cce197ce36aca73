/** The filters of a network's first convolution as pictures, and the maps of what they find in a picture. */
import { decodeBase64 } from '../../../../core/bytes/text.ts';
import { featureMaps } from '../../../../core/model/feature-maps.ts';
import type { Architecture, LayerParameters } from '../../../../core/network/architecture.ts';
import type { ConvolutionSpec, LayerSpecs } from '../../../../core/network/layers.ts';
import { PIXEL_SCALE } from '../../../../core/rows/sparse-rows.ts';
import type { Report } from './api.ts';
import { note } from './dom.ts';
import { formatFigure } from './format.ts';
import { colouredWeights, peakOf, type Shape, scaleOf, signedPicture, sumsOf } from './pictures.ts';

export interface Filters {
  version: number;
  /** Of the layer. */
  count: number;
  /** One after the other, the first ones of very many; each [height, width, channels]. */
  weights: Float32Array[];
  shape: Shape;
  /** The network as far as the maps of these. */
  network: { architecture: Architecture; layers: LayerParameters[] };
}

/** @returns undefined for a network without convolutions */
export function filtersOf({ architecture, firstLayer, version }: Report): Filters | undefined {
  const { inputs, units, shown } = firstLayer;
  const at = architecture.layers.findIndex((spec) => typeof spec === 'object' && 'conv' in spec);
  if (at < 0) return undefined;
  const [height, width, channels] = firstLayer.shape as [number, number, number];
  const all = floatsOf(firstLayer.weights);
  const layers: LayerSpecs[number][] = [...architecture.layers];
  layers[at] = { ...(layers[at] as ConvolutionSpec), conv: shown };
  // As a checkpoint has them: those of all filters at a place together.
  const weights = all.map((_, index) => all[(index % shown) * inputs + Math.floor(index / shown)]!);
  return {
    version,
    count: units,
    weights: Array.from({ length: shown }, (_, filter) =>
      all.subarray(filter * inputs, (filter + 1) * inputs),
    ),
    shape: { height, width, channels },
    network: {
      architecture: { ...architecture, layers },
      layers: [{ weights, bias: floatsOf(firstLayer.bias) }],
    },
  };
}

/** Little-endian, as every browser has them. */
export function floatsOf(text: string): Float32Array {
  return new Float32Array(decodeBase64(text).buffer);
}

/** Of all filters to one scale, and what their colours say. */
export function filterPictures({ weights, shape, count }: Filters): {
  pictures: HTMLElement[];
  key: HTMLElement[];
} {
  const isColoured = shape.channels === 3;
  const peak = Math.max(...weights.map((own) => peakOf(isColoured ? own : sumsOf(own, shape))));
  const pictures = weights.map((own, filter) => {
    const label = `Weights of filter ${filter}, from ${formatFigure(Math.min(...own), 3)} to ${formatFigure(Math.max(...own), 3)}`;
    return isColoured ? colouredWeights(own, shape, label, peak) : signedPicture(own, shape, label, peak);
  });
  const filters =
    weights.length < count ? `The first ${weights.length} of ${count} filters` : `All ${count} filters`;
  const means = isColoured
    ? 'a filter looks for the colours that it shows; grey is no weight.'
    : `bright pixels excite a filter where it is blue, and inhibit it where it is orange${shape.channels === 1 ? '' : '; those of all channels added'}.`;
  const size = `${shape.height} × ${shape.width}`;
  return {
    pictures,
    key: [note(`${filters} of ${size}: ${means}`), scaleOf('Weights', peak, isColoured ? 'grey' : 'signed')],
  };
}

/** What each filter finds in a picture, to one scale, which is told. @param pixels 0–255, as the network takes them */
export function mapPictures(
  { network }: Filters,
  pixels: ArrayLike<number>,
): { maps: HTMLElement[]; scale: HTMLElement } {
  const x = Float32Array.from(pixels, (pixel) => pixel / PIXEL_SCALE);
  const {
    shape: [height, width, count],
    values,
  } = featureMaps(network, x)!;
  const peak = peakOf(values);
  const shape = { height, width, channels: 1 };
  const maps = Array.from({ length: count }, (_, filter) => {
    const own = Float32Array.from({ length: height * width }, (_, place) => values[place * count + filter]!);
    const most = own.reduce((best, value, place) => (value > own[best]! ? place : best), 0);
    const label =
      `Map of filter ${filter}: at most ${formatFigure(own[most]!, 3)}, ` +
      `in row ${Math.floor(most / width) + 1} and column ${(most % width) + 1}`;
    return signedPicture(own, shape, label, peak);
  });
  return { maps, scale: scaleOf('Maps', peak) };
}
