/** A network as a table for people: its layers, what arrives at each and what it gives, and what it has learned. */
import type { Architecture } from '../network/architecture.ts';
import { describeLayers } from '../network/describe-layers.ts';
import { countParameters, parametersOf, planLayers } from '../network/plan.ts';

const HEAD = ['', 'layer', 'input', 'output', 'activation', 'parameters'];

/** A line for each layer, in columns, between their names and the sum of the parameters. */
export function summaryOf({ layers, activation, output }: Architecture): string {
  const rows = planLayers(layers, activation).map((layer, index) => [
    `${index + 1}`,
    layer.kind === 'dense' ? 'dense' : describeLayers([layers[index + 1]!]),
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
