/** GET /models/{name}/report: what a version is, where it comes from, and how it does on its test set. */
import type { z } from 'zod';
import { IntegrityError } from '../../core/errors.ts';
import { countParameters, parametric, planLayers } from '../../core/network/plan.ts';
import { openDataset } from '../dataset/load.ts';
import { modelInPath } from '../http/parse-request.ts';
import type { LoadedModel } from '../inference/model-cache.ts';
import { logger } from '../observe/logging.ts';
import { NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { reportAnswer } from './answer-schemas.ts';
import { chooseModel, type ModelServices } from './choose-model.ts';
import { evaluateModel } from './evaluation.ts';
import type { QUERIES } from './request-schemas.ts';

export type Report = z.output<typeof reportAnswer>;
type Evaluated = Pick<Report, 'evaluation' | 'regression' | 'evaluationMissing'>;

/** Of the first layer's units or filters this many are shown. */
const MAX_UNITS = 64;

/** By model in memory: a version never changes, and is evaluated once while it stays there. */
const evaluations = new WeakMap<LoadedModel, Promise<Evaluated>>();

/**
 * @param evaluation whether the model is evaluated on its test set, which takes seconds
 * @throws HttpError 404 or 503 when there is no such model or version
 */
export async function getReport(
  services: ModelServices & { store: ObjectStore },
  text: string,
  { version, evaluation }: z.output<(typeof QUERIES)['GET /models/{model}/report']>,
): Promise<Report> {
  const model = await chooseModel(services, modelInPath(text), version);
  const { network, document } = model;
  const { layers, activation, output, loss } = network.architecture;
  return {
    model: model.name,
    version: model.version,
    architecture: {
      layers,
      activation,
      output,
      loss,
      parameters: countParameters(layers),
      summary: network.summary(),
    },
    lineage: document,
    ...(evaluation ? await evaluated(services.store, model) : NOT_EVALUATED),
    firstLayer: firstLayerOf(model),
  };
}

const NOT_EVALUATED: Evaluated = {
  evaluation: null,
  regression: null,
  evaluationMissing: 'not asked for: evaluation=false',
};

function evaluated(store: ObjectStore, model: LoadedModel): Promise<Evaluated> {
  const known = evaluations.get(model);
  if (known !== undefined) return known;
  const made = evaluate(store, model);
  evaluations.set(model, made);
  const forget = () => evaluations.delete(model);
  // What is missing now, or could not be read, may be there next time.
  made.then(({ evaluationMissing }) => evaluationMissing !== null && forget(), forget);
  return made;
}

async function evaluate(store: ObjectStore, model: LoadedModel): Promise<Evaluated> {
  const { name, manifestSha256 } = model.document.dataset;
  try {
    const dataset = await openDataset(store, name, manifestSha256, 0);
    return { ...(await evaluateModel(model.network, dataset)), evaluationMissing: null };
  } catch (error) {
    // The rest of the report does not need the dataset, which may have been deleted or made anew.
    if (!(error instanceof NotFoundError || error instanceof IntegrityError)) throw error;
    logger.warn('report without evaluation', { model: model.name, version: model.version, error });
    return { evaluation: null, regression: null, evaluationMissing: error.message };
  }
}

/** The weights [inputs, units] unit by unit. */
function firstLayerOf({ layers, network }: LoadedModel): Report['firstLayer'] {
  const { weights, bias } = layers[0]!;
  const plan = planLayers(network.architecture.layers, network.architecture.activation);
  const shape = parametric(plan)[0]!.tensor.slice(0, -1);
  const [inputs, units] = [weights.length / bias.length, bias.length];
  const shown = Math.min(units, MAX_UNITS);
  const values = new Float32Array(shown * inputs);
  for (let unit = 0; unit < shown; unit++) {
    for (let i = 0; i < inputs; i++) values[unit * inputs + i] = weights[i * units + unit]!;
  }
  return { inputs, units, shown, shape, weights: base64Of(values), bias: base64Of(bias.subarray(0, shown)) };
}

function base64Of(values: Float32Array): string {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, at) => {
    bytes.writeFloatLE(value, at * 4);
  });
  return bytes.toString('base64');
}
