/** Which arrays of a file are the weights and biases of which layer, by the names that programs give them. */
import { quoteAll } from '../bytes/quote.ts';
import { IntegrityError } from '../errors.ts';
import type { NumpyArray } from './numpy-array.ts';
import type { LayoutName, NamedTensor } from './tensor-layout.ts';

/** A layer's tensors, and the name that they share. */
export interface LayerTensors {
  name: string;
  weights: NamedTensor;
  bias: NamedTensor;
}

export interface NamedLayers {
  /** In the order of their numbers, or as the file has them. */
  layers: LayerTensors[];
  /** Whether that order is the network's by their numbers. */
  areNumbered: boolean;
  /** Layouts of programs that name tensors so. */
  layouts: readonly LayoutName[];
}

interface Convention {
  /** Names of weights; the group is the layer. */
  weights: RegExp;
  biasOf: (layer: string, weights: string) => string;
  layouts: readonly LayoutName[];
  /** Of the layer's place in the network from 0, where names have numbers and no gap between them. */
  numberAt?: (index: number) => number;
}

const CONVENTIONS: readonly Convention[] = [
  // Ours, and the textbook's.
  {
    weights: /^W([1-9]\d*)$/,
    biasOf: (layer) => `b${layer}`,
    layouts: ['stepnet', 'textbook'],
    numberAt: (index) => index + 1,
  },
  // A module's state_dict.
  { weights: /^(.+)\.weight$/, biasOf: (layer) => `${layer}.bias`, layouts: ['pytorch'] },
  // Keras 2 and 3, TensorFlow, Flax: conv2d/kernel:0, conv2d/kernel, Conv_0.kernel.
  {
    weights: /^(.+)[/.]kernel(?::0)?$/,
    biasOf: (_, weights) => weights.replace(/kernel(:0)?$/, 'bias$1'),
    layouts: ['stepnet'],
  },
  // numpy.savez(file, *arrays): weights and biases in turn, whatever program they are of.
  {
    weights: /^arr_(0|[1-9]\d*[02468]|[2468])$/,
    biasOf: (layer) => `arr_${Number(layer) + 1}`,
    layouts: ['stepnet', 'pytorch', 'textbook'],
    numberAt: (index) => 2 * index,
  },
];

const EXPECTED =
  'W1, b1, W2, b2, …, or NAME.weight and NAME.bias, or NAME/kernel and NAME/bias of each layer, and no others';

/** @throws IntegrityError where they are of none of the conventions, or some are missing or too many */
export function layersByName(arrays: ReadonlyMap<string, NumpyArray>): NamedLayers {
  const names = [...arrays.keys()];
  const convention = CONVENTIONS.find(({ weights }) => names.some((name) => weights.test(name)));
  const { layers, layouts, numberAt } = convention === undefined ? NONE : ofConvention(names, convention);
  const wanted = new Set(layers.flatMap(({ weights, bias }) => [weights, bias]));
  const isGap =
    numberAt !== undefined && layers.some(({ layer }, index) => Number(layer) !== numberAt(index));
  if (layers.length === 0 || isGap || names.some((name) => !wanted.has(name))) {
    throw new IntegrityError(`weights: the arrays are ${quoteAll(names) || 'none'}, expected ${EXPECTED}`);
  }
  const tensor = (name: string): NamedTensor => {
    const array = arrays.get(name);
    if (array === undefined) throw new IntegrityError(`weights: there is no ${name}`);
    return { name, array };
  };
  return {
    layers: layers.map(({ layer, weights, bias }) => ({
      name: numberAt === undefined ? layer : weights,
      weights: tensor(weights),
      bias: tensor(bias),
    })),
    areNumbered: numberAt !== undefined,
    layouts,
  };
}

const NONE = { layers: [], layouts: [], numberAt: undefined };

function ofConvention(names: readonly string[], { weights, biasOf, layouts, numberAt }: Convention) {
  const layers = names.flatMap((name) => {
    const layer = weights.exec(name)?.[1];
    return layer === undefined ? [] : [{ layer, weights: name, bias: biasOf(layer, name) }];
  });
  if (numberAt !== undefined) layers.sort((a, b) => Number(a.layer) - Number(b.layer));
  return { layers, layouts, numberAt };
}

/** By the texts in a name, and numbers by their size: fc2 before fc10. */
export function byName({ name: a }: LayerTensors, { name: b }: LayerTensors): number {
  const [left, right] = [a.split(/(\d+)/), b.split(/(\d+)/)];
  for (let part = 0; part < Math.min(left.length, right.length); part++) {
    const [x, y] = [left[part]!, right[part]!];
    const difference = part % 2 === 1 ? Number(x) - Number(y) : x < y ? -1 : Number(x > y);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Whether names differ by their numbers alone, so that these say which comes first. */
export const areSiblings = ({ name: a }: LayerTensors, { name: b }: LayerTensors): boolean =>
  a.replace(/\d+/g, '#') === b.replace(/\d+/g, '#');
