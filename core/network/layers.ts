/** How the layers of a network are written: sizes, and what a list of them says besides. */

export const ACTIVATIONS = ['sigmoid', 'relu', 'step', 'identity'] as const;
export type ActivationName = (typeof ACTIVATIONS)[number];

/** Of a picture: height, width, channels. Its row has the channels of each pixel together, pixels row by row. */
export type PictureShape = readonly [height: number, width: number, channels: number];

/** One number for both directions, or [down, across]. */
export type Sides = number | readonly [number, number];

export const PADDINGS = ['valid', 'same'] as const;
/** valid: the window stays inside the picture. same: zeros around it, so that with stride 1 the size stays. */
export type Padding = (typeof PADDINGS)[number];

/** Filters that move over a picture of all channels; one output channel a filter. */
export interface ConvolutionSpec {
  /** Filters. */
  conv: number;
  /** Size of each. */
  kernel: Sides;
  /** Pixels from one place to the next; 1 by default. */
  stride?: Sides;
  /** `valid` by default. */
  padding?: Padding;
  /** Instead of the network's. */
  activation?: ActivationName;
}

/** The largest value that each place of a window sees, of each channel alone. */
export interface MaxPoolSpec {
  /** Size of the window. */
  maxPool: Sides;
  /** Pixels from one place to the next; the window's size by default. */
  stride?: Sides;
}

/** The mean of what each place of a window sees, of each channel alone. */
export interface AveragePoolSpec {
  /** Size of the window. */
  averagePool: Sides;
  /** Pixels from one place to the next; the window's size by default. */
  stride?: Sides;
}

/** In training only: values that are left out of a step, the others being made as much larger. */
export interface DropoutSpec {
  /** Share of the values that are left out, from 0 to below 1. */
  dropout: number;
}

/** A number is a dense layer of as many units. */
export type LayerSpec = number | ConvolutionSpec | MaxPoolSpec | AveragePoolSpec | DropoutSpec;

/** What only pictures can go through. */
export type PictureLayerSpec = ConvolutionSpec | MaxPoolSpec | AveragePoolSpec;

/** A network's inputs, as a number or as a picture, and its layers; the last is a number. */
export type LayerSpecs = readonly (PictureShape | LayerSpec)[];

export const takesPicture = (spec: PictureShape | LayerSpec): spec is PictureLayerSpec =>
  typeof spec === 'object' && ('conv' in spec || 'maxPool' in spec || 'averagePool' in spec);

/** The picture that layers begin with. */
export const pictureIn = ([first]: LayerSpecs): PictureShape | undefined =>
  typeof first === 'object' && 'length' in first ? first : undefined;
