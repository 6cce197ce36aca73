/** Answers about pixels: from the API, or in offline mode from the same network in this browser, with the same bits. */

import { DIGIT_SIDE } from '../../../../core/ingest/normalize-digit.ts';
import { explainPixels } from '../../../../core/model/explain.ts';
import { layerValues } from '../../../../core/model/layer-values.ts';
import { argmax } from '../../../../core/model/network.ts';
import { OUTPUTS } from '../../../../core/network/outputs.ts';
import { planLayers } from '../../../../core/network/plan.ts';
import { PIXEL_SCALE } from '../../../../core/rows/sparse-rows.ts';
import { decodeCheckpoint } from '../../../../core/training/checkpoint.ts';
import { type Answer, getInputs, getWeights, postPixels } from './api.ts';

export type Predictor = (pixels: Uint8Array) => Answer | Promise<Answer>;

/** @param model undefined for the one that the API prefers */
export function serverPredictor(model: string | undefined): Predictor {
  return (pixels) => postPixels(model, [...pixels]);
}

/**
 * What the model takes instead of drawings; undefined for a model that takes them, and when it can't be asked, as
 * offline.
 */
export async function takesInstead(model: string): Promise<string | undefined> {
  const inputs = await getInputs(model).catch(() => undefined);
  if (inputs === undefined) return undefined;
  const [first] = inputs;
  if (first?.name !== 'pixels' || inputs.length > 1) return `rows of ${inputs.length} columns`;
  const length = first.shape.slice(1).reduce((product, size) => product * size, 1);
  return length === DIGIT_SIDE ** 2 ? undefined : `${length} numbers`;
}

/** Loads the newest version's weights; from then on the network is needed no more. */
export async function browserPredictor(model: string): Promise<Predictor> {
  const { bytes, version } = await getWeights(model);
  const { architecture, layers } = decodeCheckpoint(bytes);
  const plan = planLayers(architecture.layers, architecture.activation);
  return (pixels) => {
    const x = Float32Array.from(pixels, (pixel) => pixel / PIXEL_SCALE);
    const outputs = layerValues(plan, layers, x, plan.length).at(-1)!;
    OUTPUTS[architecture.output](outputs, 1, outputs.length);
    const probabilities = [...outputs];
    const best = argmax(probabilities);
    const explanation = [...explainPixels(architecture, layers, pixels, best)];
    return { class: best, probabilities, explanation, model, version };
  };
}
