/** Layers for people: on one line, and as a table. */
import type { Architecture } from './architecture.ts';
import type { ConvolutionSpec, LayerSpecs, Sides } from './layers.ts';
import { countParameters, isDense, type Places, parametersOf, planLayers, type ValueShape } from './plan.ts';

/**
 * `784-50-10`, or with layers of pictures `28×28×1 – conv 16 (3×3, same, relu) – maxPool 2 – dropout 0.25 – 128 – 10`. A size
 * of 0 is one that is not known yet and becomes `?`.
 */
export function describeLayers(layers: LayerSpecs): string {
  return layers.map(describeLayer).join(isDense(layers) ? '-' : ' – ');
}

/** One line per layer: shape, activation, parameters; and all parameters. */
export function summaryOf({ layers, activation, output }: Architecture): string {
  const lines = planLayers(layers, activation).map((layer, index) => {
    const head = `${index + 1}  ${describeShape(layer.input)} → ${describeShape(layer.output)}  `;
    if (layer.kind === 'dropout') return `${head}dropout ${layer.rate}`;
    if (layer.kind === 'maxPool' || layer.kind === 'averagePool') {
      return `${head}${layer.kind} ${describeWindow(layer.places)}`;
    }
    const window = layer.kind === 'dense' ? '' : `conv ${describeWindow(layer.places)}, `;
    return `${head}${window}${layer.activation ?? output}  ${parametersOf(layer)} parameters`;
  });
  return [...lines, `${countParameters(layers)} parameters`].join('\n');
}

const describeShape = (shape: ValueShape): string => shape.join('×');
const describeWindow = ({ height, width }: Places): string => `${height}×${width}`;

function describeLayer(spec: LayerSpecs[number]): string {
  if (typeof spec === 'number') return spec === 0 ? '?' : String(spec);
  if ('conv' in spec) return `conv ${spec.conv} (${describeConvolution(spec)})`;
  if ('dropout' in spec) return `dropout ${spec.dropout}`;
  if ('maxPool' in spec) return `maxPool ${describePool(spec.maxPool, spec.stride)}`;
  if ('averagePool' in spec) return `averagePool ${describePool(spec.averagePool, spec.stride)}`;
  return spec.join('×');
}

const describeConvolution = ({ kernel, stride, padding, activation }: ConvolutionSpec): string =>
  [bothSides(kernel), ...describeStride(stride), padding, activation]
    .filter((word) => word !== undefined)
    .join(', ');

const describePool = (window: Sides, stride: Sides | undefined): string =>
  [oneOrBoth(window), ...describeStride(stride)].join(', ');

const describeStride = (stride: Sides | undefined): string[] =>
  stride === undefined ? [] : [`stride ${oneOrBoth(stride)}`];

const bothSides = (sides: Sides): string => (typeof sides === 'number' ? [sides, sides] : sides).join('×');
const oneOrBoth = (sides: Sides): string => (typeof sides === 'number' ? String(sides) : sides.join('×'));
