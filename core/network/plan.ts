/** What each layer of a network takes and gives: shapes, windows, parameters. Pure sizes, no values. */
import { ConfigError } from '../errors.ts';
import {
  ACTIVATIONS,
  type ActivationName,
  type ConvolutionSpec,
  type LayerSpec,
  type LayerSpecs,
  PADDINGS,
  type PictureShape,
  type Sides,
} from './layers.ts';

/** [units], or a picture. */
export type ValueShape = readonly [units: number] | PictureShape;

/** Where a window stands: `rows` × `columns` places, from `top` and `left` pixels outside the picture on. */
export interface Places {
  height: number;
  width: number;
  strideDown: number;
  strideAcross: number;
  /** Zeros above and left of the picture; below and right of it as many as the last place needs. */
  top: number;
  left: number;
  rows: number;
  columns: number;
}

interface Planned {
  input: ValueShape;
  output: ValueShape;
  /** Products of the shapes. */
  inputs: number;
  outputs: number;
}

/** W is [parameters.inputs, parameters.outputs], b [parameters.outputs]. */
interface Parametric extends Planned {
  /** Of W, as files have it. */
  tensor: readonly number[];
  /** Of a hidden layer; undefined for the last, which has the network's output function. */
  activation: ActivationName | undefined;
}

export interface DenseLayerPlan extends Parametric {
  kind: 'dense';
}

export interface ConvolutionPlan extends Parametric {
  kind: 'convolution';
  input: PictureShape;
  output: PictureShape;
  places: Places;
}

interface Pool extends Planned {
  input: PictureShape;
  output: PictureShape;
  places: Places;
}

export interface MaxPoolPlan extends Pool {
  kind: 'maxPool';
}

export interface AveragePoolPlan extends Pool {
  kind: 'averagePool';
}

export type PoolPlan = MaxPoolPlan | AveragePoolPlan;

export interface DropoutPlan extends Planned {
  kind: 'dropout';
  /** Share of the values that are left out. */
  rate: number;
}

export type LayerPlan = DenseLayerPlan | ConvolutionPlan | PoolPlan | DropoutPlan;
export type ParametricPlan = DenseLayerPlan | ConvolutionPlan;

/** Units of the network's input. @throws ConfigError when it has no whole sizes from 1 */
export const inputsOf = (layers: LayerSpecs): number => sizeOf(inputShape(layers[0]));

/** Units of the last layer. @throws ConfigError when that is none of units */
export function outputsOf(layers: LayerSpecs): number {
  const last = layers.at(-1);
  if (layers.length > 1 && typeof last === 'number')
    return wholeSize(last, `layers[${layers.length - 1}]`, 'units');
  throw new ConfigError(
    `layers[${layers.length - 1}]: got ${show(last)}, expected a number of units: the classes, or the numbers that are predicted`,
  );
}

/**
 * The layers behind the input.
 *
 * @param activation of hidden layers that name none
 * @param nameOf a layer, for errors
 * @throws ConfigError naming the layer, what it got, and the shape that arrives there
 */
export function planLayers(
  layers: LayerSpecs,
  activation: ActivationName,
  nameOf = (index: number): string => `layers[${index}]`,
): LayerPlan[] {
  outputsOf(layers);
  let shape = inputShape(layers[0]);
  return layers.slice(1).map((spec, index) => {
    const planned = planLayer(spec as LayerSpec, nameOf(index + 1), shape, activation);
    if (index + 2 === layers.length && planned.kind === 'dense') planned.activation = undefined;
    shape = planned.output;
    return planned;
  });
}

/** Those with weights, in their order: W1 and b1 are the first one's. */
export const parametric = (plan: readonly LayerPlan[]): ParametricPlan[] =>
  plan.filter((layer) => layer.kind === 'dense' || layer.kind === 'convolution');

/** Rows of W: what one output unit is summed over. */
export const fanIn = ({ tensor }: ParametricPlan): number => product(tensor.slice(0, -1));

/** Columns of W: units, or filters. */
export const fanOut = ({ tensor }: ParametricPlan): number => tensor.at(-1)!;

/** Products that a layer adds up for one row, the biases among them. */
export const productsOf = (layer: ParametricPlan): number => (fanIn(layer) + 1) * layer.outputs;

/** Weights and biases of a layer. */
export const parametersOf = (layer: ParametricPlan): number => (fanIn(layer) + 1) * fanOut(layer);

/** Weights and biases of all layers. */
export const countParameters = (layers: LayerSpecs): number =>
  parametric(planLayers(layers, 'identity')).reduce((sum, layer) => sum + parametersOf(layer), 0);

/** Whether all layers are dense: then only sizes count, as in files and programs that know no others. */
export const isDense = (layers: LayerSpecs): layers is readonly number[] =>
  layers.every((layer) => typeof layer === 'number');

/** Whether all layers behind the input are dense, whose own shape doesn't matter to them. */
export const areAllDense = (plan: readonly LayerPlan[]): boolean =>
  plan.every(({ kind }) => kind === 'dense');

/**
 * Whether a dense layer leaves out the terms whose input is zero: the first, whose inputs are the data's (81 % of MNIST's
 * pixels are zero), and in networks of dense layers alone those after units that are often exactly zero. It saves the work
 * and, being the same on all backends, costs no bit.
 */
export function skipsZeros(plan: readonly LayerPlan[], index: number): boolean {
  if (plan[index]!.kind !== 'dense') return false;
  if (index === 0) return true;
  const before = plan[index - 1]!;
  return (
    areAllDense(plan) &&
    before.kind === 'dense' &&
    (before.activation === 'relu' || before.activation === 'step')
  );
}

function planLayer(spec: LayerSpec, at: string, input: ValueShape, activation: ActivationName): LayerPlan {
  const inputs = sizeOf(input);
  if (typeof spec === 'number') {
    const units = wholeSize(spec, at, 'units');
    return {
      kind: 'dense',
      input,
      output: [units],
      inputs,
      outputs: units,
      tensor: [inputs, units],
      activation,
    };
  }
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw new ConfigError(
      `${at}: got ${show(spec)}, expected units, or one of conv, maxPool, averagePool, dropout`,
    );
  }
  checkKeys(spec, at);
  if ('dropout' in spec) {
    const rate = spec.dropout;
    if (!(typeof rate === 'number' && rate >= 0 && rate < 1)) {
      throw new ConfigError(`${at}.dropout: got ${show(rate)}, expected a share from 0 to below 1`);
    }
    return { kind: 'dropout', input, output: input, inputs, outputs: inputs, rate };
  }
  const picture = asPicture(input, at, spec);
  if ('conv' in spec) return planConvolution(spec, at, picture, activation);
  const kind = 'maxPool' in spec ? 'maxPool' : 'averagePool';
  const window = sides((spec as unknown as Record<string, Sides>)[kind], `${at}.${kind}`);
  const stride = spec.stride === undefined ? window : sides(spec.stride, `${at}.stride`);
  const places = placesIn(picture, window, stride, 'valid', `${at}.${kind}`);
  const output: PictureShape = [places.rows, places.columns, picture[2]];
  return { kind, input: picture, output, inputs, outputs: sizeOf(output), places };
}

/** Keys of a layer that is no number, by the one that says what it is. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  conv: ['conv', 'kernel', 'stride', 'padding', 'activation'],
  maxPool: ['maxPool', 'stride'],
  averagePool: ['averagePool', 'stride'],
  dropout: ['dropout'],
};

function checkKeys(spec: object, at: string): void {
  const given = Object.keys(spec);
  const kinds = given.filter((key) => key in KEYS);
  if (kinds.length !== 1) {
    throw new ConfigError(`${at}: got ${show(spec)}, expected one of ${Object.keys(KEYS).join(', ')}`);
  }
  const known = KEYS[kinds[0]!]!;
  const unknown = given.find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new ConfigError(
      `${at}.${unknown}: unknown beside ${kinds[0]}, expected ${known.slice(1).join(', ') || 'nothing'}`,
    );
  }
}

function planConvolution(
  spec: ConvolutionSpec,
  at: string,
  input: PictureShape,
  networks: ActivationName,
): ConvolutionPlan {
  const filters = wholeSize(spec.conv, `${at}.conv`, 'filters');
  const kernel = sides(spec.kernel, `${at}.kernel`);
  const stride = spec.stride === undefined ? ([1, 1] as const) : sides(spec.stride, `${at}.stride`);
  const padding = oneOf(spec.padding ?? 'valid', PADDINGS, `${at}.padding`);
  const activation = oneOf(spec.activation ?? networks, ACTIVATIONS, `${at}.activation`);
  const places = placesIn(input, kernel, stride, padding, `${at}.kernel`);
  const output: PictureShape = [places.rows, places.columns, filters];
  return {
    kind: 'convolution',
    ...{ input, output, inputs: sizeOf(input), outputs: sizeOf(output), places, activation },
    tensor: [...kernel, input[2], filters],
  };
}

/**
 * Places along a side of `size` pixels: with `valid` ⌊(size - window) / stride⌋ + 1, with `same` ⌈size / stride⌉ and
 * zeros around, the odd one below and right (as TensorFlow does, "Notes on padding").
 */
function placesIn(
  [height, width]: PictureShape,
  window: readonly [number, number],
  stride: readonly [number, number],
  padding: string,
  at: string,
): Places {
  const along = (side: 0 | 1, size: number): { places: number; before: number } => {
    if (padding === 'same') {
      const places = Math.ceil(size / stride[side]);
      const zeros = Math.max(0, (places - 1) * stride[side] + window[side] - size);
      return { places, before: Math.floor(zeros / 2) };
    }
    if (window[side] > size) {
      throw new ConfigError(
        `${at}: got ${window.join('×')}, expected at most ${height}×${width}, the picture that arrives there`,
      );
    }
    return { places: Math.floor((size - window[side]) / stride[side]) + 1, before: 0 };
  };
  const [down, across] = [along(0, height), along(1, width)];
  return {
    ...{ height: window[0], width: window[1], strideDown: stride[0], strideAcross: stride[1] },
    ...{ top: down.before, left: across.before, rows: down.places, columns: across.places },
  };
}

function inputShape(spec: unknown): ValueShape {
  if (typeof spec === 'number') return [wholeSize(spec, 'layers[0]', 'units')];
  if (Array.isArray(spec) && spec.length === 3) {
    spec.forEach((size, index) => {
      wholeSize(size, `layers[0][${index}]`, ['rows', 'columns', 'channels'][index]!);
    });
    return spec as unknown as PictureShape;
  }
  throw new ConfigError(
    `layers[0]: got ${show(spec)}, expected a number of inputs, or [height, width, channels] of pictures`,
  );
}

function asPicture(input: ValueShape, at: string, spec: LayerSpec): PictureShape {
  if (input.length === 3) return input;
  throw new ConfigError(
    `${at}: got ${show(spec)} where ${input[0]} units arrive, expected a picture; the first of layers says its size, such as [28, 28, 1]`,
  );
}

function wholeSize(value: unknown, at: string, what: string): number {
  if (Number.isInteger(value) && (value as number) >= 1) return value as number;
  throw new ConfigError(`${at}: got ${show(value)} ${what}, expected a whole number from 1`);
}

function sides(value: Sides | undefined, at: string): readonly [number, number] {
  const both = typeof value === 'number' ? [value, value] : value;
  if (Array.isArray(both) && both.length === 2 && both.every((side) => Number.isInteger(side) && side >= 1)) {
    return both as unknown as readonly [number, number];
  }
  throw new ConfigError(
    `${at}: got ${show(value)}, expected a whole number of pixels from 1, or [down, across] of them`,
  );
}

function oneOf<Word extends string>(value: string, words: readonly Word[], at: string): Word {
  const known = words.find((word) => word === value);
  if (known !== undefined) return known;
  throw new ConfigError(`${at}: got ${show(value)}, expected ${words.map(show).join(' or ')}`);
}

const show = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
export const sizeOf = (shape: ValueShape): number => product(shape);
