/** Layers for people: on one line, and as a table. */
import type { Architecture } from './architecture.ts';
import type { ConvolutionSpec, LayerSpecs, Sides } from './layers.ts';
import { countParameters, isDense, parametersOf, planLayers } from './plan.ts';

/**
 * `784-50-10`, or with layers of pictures `28×28×1 – conv 16 (3×3, same, relu) – maxPool 2 – dropout 0.25 – 128 – 10`. A size
 * of 0 is one that is not known yet and becomes `?`.
 */
export function describeLayers(layers: LayerSpecs): string {
  return layers.map(describeLayer).join(isDense(layers) ? '-' : ' – ');
}

const HEAD = ['', 'layer', 'input', 'output', 'activation', 'parameters'];

/** A table: a line for each layer with what arrives at it, what it gives, its activation and parameters; and their sum. */
export function summaryOf({ layers, activation, output }: Architecture): string {
  const rows = planLayers(layers, activation).map((layer, index) => [
    `${index + 1}`,
    layer.kind === 'dense' ? 'dense' : describeLayer(layers[index + 1]!),
    layer.input.join('×'),
    layer.output.join('×'),
    'tensor' in layer ? (layer.activation ?? output) : '',
    'tensor' in layer ? `${parametersOf(layer)}` : '',
  ]);
  const table = [HEAD, ...rows, ['', '', '', '', '', `${countParameters(layers)}`]];
  const last = HEAD.length - 1;
  const widths = HEAD.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const pad = (cell: string, column: number) =>
    column === last ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return table.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

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
