/** Layers as JSON has them; what of a picture arrives where is core's to check (core/network/plan.ts). */
import * as z from 'zod';
import { ACTIVATIONS, type LayerSpec, type LayerSpecs, PADDINGS } from '../../core/network/layers.ts';

/** Stands for the first or last layer's size until the dataset says it. */
export const OPEN = 0;

export const MAX_LAYERS = 64;
const MAX_UNITS = 65_536;
const MAX_SIDE = 4096;

const pixels = z.int().min(1).max(MAX_SIDE);
const sides = z.union([pixels, z.tuple([pixels, pixels])], 'expected pixels, or [down, across] of them');
const activation = z.enum(ACTIVATIONS);

const units = z.int().min(1).max(MAX_UNITS);
const convolution = z.strictObject({
  conv: units,
  kernel: sides,
  stride: sides.optional(),
  padding: z.enum(PADDINGS).optional(),
  activation: activation.optional(),
});
const maxPool = z.strictObject({ maxPool: sides, stride: sides.optional() });
const averagePool = z.strictObject({ averagePool: sides, stride: sides.optional() });
const dropout = z.strictObject({ dropout: z.number().min(0).lt(1) });
const layerForms = [convolution, maxPool, averagePool, dropout] as const;
const OBJECTS = 'an object with conv, maxPool, averagePool or dropout';
const layer = z.union([units, ...layerForms], `expected units, or ${OBJECTS}`);
const picture = z.tuple([pixels, pixels, units]);
const ANY_FORM = `expected units, ${OBJECTS}, or as the first [height, width, channels]`;

/** Of hidden layers alone. */
export const hiddenLayers: z.ZodType<readonly LayerSpec[]> = z
  .array(layer)
  .min(0)
  .max(MAX_LAYERS - 2);

/** As somebody gives them. A list of one is that of the hidden layers. */
export const givenLayers: z.ZodType<LayerSpecs> = z
  .array(z.union([units, picture, ...layerForms], ANY_FORM))
  .min(1)
  .max(MAX_LAYERS)
  .superRefine(checkPlaces);

/** As states carry them: either end may be open until the dataset is known. */
export const openLayers: z.ZodType<LayerSpecs> = z
  .array(z.union([z.int().min(OPEN).max(MAX_UNITS), picture, ...layerForms], ANY_FORM))
  .min(2)
  .max(MAX_LAYERS)
  .superRefine(checkPlaces)
  .refine((layers) => !layers.slice(1, -1).includes(OPEN), 'expected 1 at least between the ends');

/** Pictures are what comes in, and units what goes out. */
function checkPlaces(layers: LayerSpecs, context: z.RefinementCtx<LayerSpecs>): void {
  const refuse = (index: number, message: string) =>
    context.addIssue({ code: 'custom', path: [index], input: layers[index], message });
  layers.forEach((spec, index) => {
    if (index > 0 && Array.isArray(spec)) {
      refuse(index, 'expected a layer; [height, width, channels] is what the first of layers may be');
    }
  });
  if (layers.length < 2) {
    if (Array.isArray(layers[0])) refuse(0, 'expected the layers behind it, too');
    return;
  }
  const [first, last] = [layers[0]!, layers.at(-1)!];
  if (typeof first === 'object' && !Array.isArray(first)) {
    refuse(0, 'expected a number of inputs, or [height, width, channels] of pictures');
  }
  if (typeof last === 'object' && !Array.isArray(last)) {
    refuse(layers.length - 1, 'expected a number of units: the classes, or the numbers that are predicted');
  }
}
