/** What the kernels are told of each layer: its record in a network's layout. */
import type { ActivationName, Architecture } from '../network/architecture.ts';
import {
  areAllDense,
  fanIn,
  type LayerPlan,
  type Places,
  planLayers,
  sizeOf,
  skipsZeros,
} from '../network/plan.ts';
import * as L from './layout.ts';
import { dropoutScale, dropoutThreshold } from './reference-pictures.ts';

const VECTOR_BYTES = 16;
const LINE_BYTES = 64;
/** Rows from this size on take an odd number of cache lines: an even one would put them into few of the cache's sets. */
const MANY_LINES_BYTES = 256;

export const ACTIVATION_CODES: Readonly<Record<ActivationName, number>> = {
  sigmoid: L.SIGMOID,
  relu: L.RELU,
  step: L.STEP,
  identity: L.IDENTITY,
};

export interface LayerRecord {
  /** Rows of its weights; 0 of a layer without any. */
  inputs: number;
  /** Columns of its weights, or the channels of a pixel. */
  outputs: number;
  /** Floats of such a row: the outputs, and lanes that stay zero. */
  stride: number;
  /** Floats of a sample's values. */
  row: number;
  /** Floats of a picture that a convolution's windows move over, with the zeros around it. */
  frame: number;
  /** Floats of a convolution's weights in the order in which deltas go back through them. */
  turned: number;
  /** Whether it leaves out zeros among a hidden layer's values. */
  isListed: boolean;
  /** Fields of the record besides. */
  fields: readonly (readonly [field: number, value: number])[];
  /** f32 fields. */
  floats: readonly (readonly [field: number, value: number])[];
}

/** Bytes of a row of `outputs` floats. */
function rowBytes(outputs: number): number {
  const bytes = Math.ceil((outputs * 4) / VECTOR_BYTES) * VECTOR_BYTES;
  if (bytes < MANY_LINES_BYTES) return bytes;
  const lines = Math.ceil(bytes / LINE_BYTES);
  return (lines + ((lines + 1) % 2)) * LINE_BYTES;
}

/** The records of a network in their order, and whether its layers are of several kinds. */
export function recordsOf({ layers, activation }: Architecture): {
  records: LayerRecord[];
  isMixed: boolean;
} {
  const plan = planLayers(layers, activation);
  if (areAllDense(plan)) {
    const isListed = (index: number) => index > 0 && skipsZeros(plan, index);
    return { records: plan.map((layer, index) => unitsRecord(layer, isListed(index))), isMixed: false };
  }
  const records: LayerRecord[] = [];
  const [first] = plan;
  if (first!.kind !== 'dense') {
    const { input } = first!;
    records.push(pixelsRecord(L.INPUT, input.length === 3 ? input : [1, 1, input[0]]));
  }
  plan.forEach((layer, index) => {
    // The data's own rows are flat already.
    if (index > 0 && layer.kind === 'dense' && layer.input.length === 3) records.push(flattenRecord(layer));
    records.push(recordOf(layer, index));
  });
  return { records, isMixed: true };
}

function recordOf(layer: LayerPlan, index: number): LayerRecord {
  switch (layer.kind) {
    case 'dense':
      return unitsRecord(layer, false);
    case 'dropout': {
      const like =
        layer.output.length === 3 ? pixelsRecord(L.DROPOUT, layer.output) : unitsRecord(layer, false);
      const fields = [
        ...like.fields,
        [L.KIND, L.DROPOUT],
        [L.LAYER_ACTIVATION, L.NO_ACTIVATION],
        [L.THRESHOLD, dropoutThreshold(layer.rate)],
        [L.PLAN_INDEX, index],
      ] as const;
      return { ...like, inputs: 0, fields, floats: [[L.SCALE, dropoutScale(layer.rate)]] };
    }
    case 'convolution': {
      const like = pixelsRecord(L.CONVOLUTION, layer.output);
      const { input, places } = layer;
      const line = ((places.columns - 1) * places.strideAcross + places.width) * input[2] * 4;
      const height = (places.rows - 1) * places.strideDown + places.height;
      const frame = Math.ceil((height * line) / VECTOR_BYTES) * VECTOR_BYTES;
      const fields = [
        ...like.fields,
        ...windowFields(input, places),
        [L.LAYER_ACTIVATION, ACTIVATION_CODES[layer.activation!]],
        [L.FRAME_LINE, line],
        [L.FRAME_BYTES, frame],
      ] as const;
      // Deltas of the data itself are nobody's business.
      const turned =
        index === 0 ? 0 : (places.height * places.width * layer.output[2] * rowBytes(input[2])) / 4;
      return { ...like, inputs: fanIn(layer), frame: frame / 4, turned, fields };
    }
    case 'maxPool':
    case 'averagePool': {
      const like = pixelsRecord(layer.kind === 'maxPool' ? L.MAX_POOL : L.AVERAGE_POOL, layer.output);
      return { ...like, fields: [...like.fields, ...windowFields(layer.input, layer.places)] };
    }
  }
}

/** Of a layer of units. */
function unitsRecord(layer: LayerPlan, isListed: boolean): LayerRecord {
  const stride = rowBytes(layer.outputs) / 4;
  const activation = layer.kind === 'dense' ? layer.activation : undefined;
  return {
    ...{
      inputs: layer.inputs,
      outputs: layer.outputs,
      stride,
      row: stride,
      frame: 0,
      turned: 0,
      isListed,
      floats: [],
    },
    fields: [
      [L.KIND, L.DENSE],
      [L.LAYER_ACTIVATION, activation === undefined ? L.NO_ACTIVATION : ACTIVATION_CODES[activation]],
      [L.ROW, stride * 4],
      [L.PLACE_COUNT, 1],
      [L.CHANNELS, layer.outputs],
    ],
  };
}

/** Of a layer that gives pictures. */
function pixelsRecord(kind: number, shape: readonly number[]): LayerRecord {
  const [height, width, channels] = shape as [number, number, number];
  const stride = rowBytes(channels) / 4;
  const row = height * width * stride;
  return {
    ...{ inputs: 0, outputs: channels, stride, row, frame: 0, turned: 0, isListed: false, floats: [] },
    fields: [
      [L.KIND, kind],
      [L.LAYER_ACTIVATION, L.NO_ACTIVATION],
      [L.ROW, row * 4],
      [L.PLACE_COUNT, height * width],
      [L.CHANNELS, channels],
    ],
  };
}

/** Of pictures that a layer of units takes: their pixels beside each other. */
function flattenRecord({ input }: LayerPlan): LayerRecord {
  const [height, width, channels] = input as [number, number, number];
  const stride = rowBytes(sizeOf(input)) / 4;
  return {
    ...{
      inputs: 0,
      outputs: sizeOf(input),
      stride,
      row: stride,
      frame: 0,
      turned: 0,
      isListed: false,
      floats: [],
    },
    fields: [
      [L.KIND, L.FLATTEN],
      [L.LAYER_ACTIVATION, L.NO_ACTIVATION],
      [L.ROW, stride * 4],
      [L.PLACE_COUNT, height * width],
      [L.CHANNELS, channels],
      [L.IN_PIXEL, rowBytes(channels)],
    ],
  };
}

const windowFields = ([height, width, channels]: readonly [number, number, number], places: Places) =>
  [
    [L.IN_CHANNELS, channels],
    [L.IN_PIXEL, rowBytes(channels)],
    [L.IN_HEIGHT, height],
    [L.IN_WIDTH, width],
    [L.WINDOW_HEIGHT, places.height],
    [L.WINDOW_WIDTH, places.width],
    [L.STRIDE_DOWN, places.strideDown],
    [L.STRIDE_ACROSS, places.strideAcross],
    [L.TOP, places.top],
    [L.LEFT, places.left],
    [L.PLACES_DOWN, places.rows],
    [L.PLACES_ACROSS, places.columns],
  ] as const;
