/** A network's layers from named arrays, of whatever program: which is which, in what order, and how they are laid out. */
import { quoteAll, showShape } from '../bytes/quote.ts';
import { ConfigError, IntegrityError } from '../errors.ts';
import type { LayerParameters } from '../network/architecture.ts';
import type { LayerSpecs } from '../network/layers.ts';
import { fanOut, type ParametricPlan, parametric, planLayers } from '../network/plan.ts';
import { areSiblings, byName, type LayerTensors, layersByName, type NamedLayers } from './layer-names.ts';
import type { NumpyArray } from './numpy-array.ts';
import { fromLayout, LAYOUTS, type LayoutName, meaningIn, shapeIn } from './tensor-layout.ts';

export interface HowToRead {
  /** The network that the weights are of; without them all layers are dense, and sizes say the rest. */
  layers?: LayerSpecs | undefined;
  /** Default: what names and shapes say. */
  layout?: LayoutName | undefined;
  /** Names of the layers in the network's order, as `conv1` of `conv1.weight`. Default: what names and shapes say. */
  tensors?: readonly string[] | undefined;
  /** Whether the file has kept the order in which arrays were put into it. */
  isOrderKept?: boolean;
}

export interface ReadLayers {
  /** Of the network. */
  specs: LayerSpecs;
  layers: LayerParameters[];
}

/**
 * Arrays named W1, b1, W2, b2, …; or NAME.weight and NAME.bias, as in PyTorch; or NAME/kernel and NAME/bias, as in Keras; or
 * arr_0, arr_1, … as numpy.savez names what has no names. Nothing may be missing, and nothing be besides.
 *
 * @throws IntegrityError naming the array that is missing, too much, misshapen or not finite
 * @throws ConfigError where layouts or orders fit that would make different networks, and for names that are not there
 */
export function layersFromArrays(arrays: ReadonlyMap<string, NumpyArray>, how: HowToRead = {}): ReadLayers {
  const named = layersByName(arrays);
  const { layout } = how;
  if (layout !== undefined && !LAYOUTS.includes(layout)) {
    throw new ConfigError(`layout: got ${JSON.stringify(layout)}, expected ${orList(LAYOUTS)}`);
  }
  const fits = new Map<LayoutName, ReadLayers>();
  const failures = new Map<string, LayoutName>();
  for (const candidate of layout === undefined ? named.layouts : [layout]) {
    try {
      fits.set(candidate, readAs(candidate, named, how));
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      if (!failures.has(error.message)) failures.set(error.message, candidate);
    }
  }
  const [first, ...others] = fits.values();
  if (first === undefined) throw new IntegrityError(describeFailures(failures));
  if (others.some((other) => !areSame(first, other))) {
    throw new ConfigError(
      `layout: got none for weights whose shapes fit ${[...fits.keys()].join(' and ')}, expected one of them`,
    );
  }
  return first;
}

function describeFailures(failures: ReadonlyMap<string, LayoutName>): string {
  const [[first], ...others] = [...failures] as [[string, LayoutName], ...[string, LayoutName][]];
  return [
    first,
    ...others.map(([message, layout]) => `as ${layout}, ${message.replace('weights: ', '')}`),
  ].join('; ');
}

const areSame = (a: ReadLayers, b: ReadLayers): boolean =>
  a.layers.every(({ weights }, index) => {
    const other = b.layers[index]!.weights;
    return weights === other || (weights.length === other.length && weights.every((w, i) => w === other[i]));
  });

function readAs(layout: LayoutName, named: NamedLayers, how: HowToRead): ReadLayers {
  const given = how.tensors && inOrder(named.layers, how.tensors);
  const isOrdered = named.areNumbered || how.isOrderKept === true;
  const specs = how.layers ?? denseSizes(layout, given ?? (isOrdered ? named.layers : sorted(named.layers)));
  const plan = parametric(planLayers(specs, 'identity'));
  const { layers } = named;
  if (layers.length !== plan.length) {
    throw new IntegrityError(
      `weights: got ${layers.length} layers, ${quoteAll(layers.map(({ name }) => name))}, expected ${plan.length}`,
    );
  }
  const ordered = given ?? (isOrdered ? layers : byShape(layout, layers, plan));
  const places = specs.flatMap((spec, index) =>
    index > 0 && (typeof spec === 'number' || 'conv' in spec) ? [`layers[${index}]`] : [],
  );
  return {
    specs,
    layers: plan.map((layer, index) => {
      const { weights, bias } = ordered[index]!;
      checkShape(weights, shapeIn(layout, layer), `${places[index]} (${meaningIn(layout, layer)})`);
      checkShape(bias, [fanOut(layer)], places[index]!);
      return { weights: fromLayout(layout, layer, finite(weights)), bias: finite(bias) };
    }),
  };
}

/** @throws ConfigError for names that the layers don't have, or that leave some out */
function inOrder(layers: readonly LayerTensors[], names: readonly string[]): LayerTensors[] {
  const known = layers.map(({ name }) => name);
  const isWhole = new Set(names).size === known.length && names.length === known.length;
  if (isWhole && names.every((name) => known.includes(name))) {
    return names.map((name) => layers[known.indexOf(name)]!);
  }
  throw new ConfigError(
    `tensors: got ${quoteAll(names) || 'none'}, expected ${quoteAll(known)} in the network's order`,
  );
}

/** @throws ConfigError where layers of one shape have names that don't say which is the first */
function sorted(layers: readonly LayerTensors[]): LayerTensors[] {
  const ordered = [...layers].sort(byName);
  for (const [index, layer] of ordered.entries()) {
    checkSiblings(
      layer,
      ordered.slice(index + 1).filter((other) => haveSameShapes(layer, other)),
    );
  }
  return ordered;
}

/** Each of the network's layers with the first one left that has its shapes; or with what is left, to be refused. */
function byShape(
  layout: LayoutName,
  layers: readonly LayerTensors[],
  plan: readonly ParametricPlan[],
): LayerTensors[] {
  const left = [...layers].sort(byName);
  const taken = plan.map((layer) => {
    const shape = shapeIn(layout, layer).join();
    const fitting = left.filter(({ weights }) => weights.array.shape.join() === shape);
    const [first] = fitting;
    if (first === undefined) return undefined;
    checkSiblings(first, fitting);
    left.splice(left.indexOf(first), 1);
    return first;
  });
  return taken.map((each) => each ?? left.shift()!);
}

const haveSameShapes = (a: LayerTensors, b: LayerTensors): boolean =>
  a.weights.array.shape.join() === b.weights.array.shape.join();

function checkSiblings(layer: LayerTensors, others: readonly LayerTensors[]): void {
  const other = others.find((each) => !areSiblings(layer, each));
  if (other === undefined) return;
  throw new ConfigError(
    `tensors: got none for ${quoteAll([layer.name, other.name])}, which have the same shapes: expected the names of all ` +
      `layers in the network's order`,
  );
}

/** Sizes of dense layers, one after the other. @throws IntegrityError naming what is none, or fits no other */
function denseSizes(layout: LayoutName, layers: readonly LayerTensors[]): number[] {
  const isTurned = layout === 'pytorch';
  const meaning = isTurned ? '[outputs, inputs]' : '[inputs, outputs]';
  const sizes: number[] = [];
  for (const [index, { weights, bias }] of layers.entries()) {
    const hint = weights.array.shape.length === 4 ? ', or the layers of a network of pictures' : '';
    const shape = shapeOf(weights, 2, `${meaning}${hint}`);
    const [inputs, outputs] = (isTurned ? shape.toReversed() : shape) as [number, number];
    if (index > 0 && inputs !== sizes.at(-1)) {
      const found = `${weights.name} is ${showShape(shape)}`;
      throw new IntegrityError(`weights: ${found}, but layer ${index} has ${sizes.at(-1)} outputs`);
    }
    const [biases] = shapeOf(bias, 1, '[outputs]');
    if (biases !== outputs) {
      throw new IntegrityError(
        `weights: ${bias.name} is [${biases}], expected [${outputs}], the outputs of ${weights.name}`,
      );
    }
    if (index === 0) sizes.push(inputs);
    sizes.push(outputs);
  }
  return sizes;
}

function shapeOf(
  { name, array }: LayerTensors['bias'],
  dimensions: number,
  meaning: string,
): readonly number[] {
  const { shape } = array;
  if (shape.length === dimensions && !shape.includes(0)) return shape;
  throw new IntegrityError(`weights: ${name} is ${showShape(shape)}, expected ${meaning}, none of them 0`);
}

function checkShape({ name, array }: LayerTensors['bias'], expected: readonly number[], place: string): void {
  if (array.shape.join() === expected.join()) return;
  throw new IntegrityError(
    `weights: ${name}: got ${showShape(array.shape)}, expected ${showShape(expected)} for ${place}`,
  );
}

/** A float64 beyond float32's range has become infinite by now. */
function finite({ name, array: { values } }: LayerTensors['bias']): Float32Array {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new IntegrityError(`weights: ${name} has ${values[wrong]} at ${wrong} as a float32`);
  return values;
}

const orList = (words: readonly string[]): string => words.map((word) => JSON.stringify(word)).join(' or ');
