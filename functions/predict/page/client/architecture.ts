/** A network's layers for people: what each does, what comes out of it, and how much it has learned. */
import type { ConvolutionSpec } from '../../../../core/network/layers.ts';
import { type LayerPlan, type Places, parametersOf, planLayers } from '../../../../core/network/plan.ts';
import type { Report } from './api.ts';
import { create, itemsTable, numberColumn } from './dom.ts';
import { formatCount, formatFigure } from './format.ts';

/** Sizes of one thing stay on one line. */
const TIMES = '\u00a0×\u00a0';

interface Line {
  name: string;
  /** What layers of its kind do, at the first of them. */
  meaning?: string;
  shape: string;
  function?: string | undefined;
  parameters?: number;
}

export function architectureTable({ architecture }: Report): HTMLElement {
  const { layers, activation, output, parameters } = architecture;
  const plan = planLayers(layers, activation);
  const { input } = plan[0]!;
  const explained = new Set<string>();
  const lines: Line[] = [
    { name: input.length === 3 ? 'Picture' : 'Inputs', shape: input.join(TIMES) },
    ...plan.map((layer, index): Line => {
      const { kind } = layer;
      const isNew = !explained.has(kind);
      explained.add(kind);
      return {
        ...{
          name: nameOf(layer, layers[index + 1]!),
          shape: layer.output.join(TIMES),
          ...(isNew && { meaning: MEANINGS[kind] }),
        },
        ...('tensor' in layer && { function: layer.activation ?? output, parameters: parametersOf(layer) }),
      };
    }),
    { name: 'In all', shape: '', parameters },
  ];
  const table = itemsTable(lines, [
    {
      name: 'Layer',
      cell: ({ name, meaning }) =>
        meaning === undefined ? name : create('span', {}, name, create('small', {}, meaning)),
    },
    { name: 'Gives', cell: ({ shape }) => shape },
    { name: 'Function', cell: (line) => line.function ?? '' },
    numberColumn('Parameters', ({ parameters: own }) => (own === undefined ? '' : formatCount(own))),
  ]);
  table.classList.add('layers');
  return table;
}

const MEANINGS: Readonly<Record<LayerPlan['kind'], string>> = {
  convolution: 'Each filter moves over the picture, and gives a map of where it finds what it looks for.',
  maxPool: 'Of each window the largest value stays.',
  averagePool: 'Of each window the mean stays.',
  dropout: 'While it is trained, so many values are left out of each step, others each time.',
  dense: 'Each unit weighs all values that come in.',
};

function nameOf(layer: LayerPlan, spec: Report['architecture']['layers'][number]): string {
  switch (layer.kind) {
    case 'dense':
      return `Dense, ${formatCount(layer.outputs)} units`;
    case 'dropout':
      return `Dropout of ${formatFigure(100 * layer.rate)} %`;
    case 'convolution': {
      const { strideDown, strideAcross } = layer.places;
      const stride =
        strideDown * strideAcross === 1 ? '' : `, ${[strideDown, strideAcross].join(TIMES)} apart`;
      const zeros = (spec as ConvolutionSpec).padding === 'same' ? ', zeros around the picture' : '';
      return `Convolution, ${layer.output[2]} filters of ${windowOf(layer.places)}${stride}${zeros}`;
    }
    case 'maxPool':
      return `Max pooling, ${windowOf(layer.places)}`;
    case 'averagePool':
      return `Average pooling, ${windowOf(layer.places)}`;
  }
}

const windowOf = ({ height, width }: Places) => [height, width].join(TIMES);
