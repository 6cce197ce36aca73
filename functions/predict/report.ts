/** GET /models/{name}/report: what a version is, where it comes from, and how it does on its test set. */
import type { z } from 'zod';
import { IntegrityError } from '../../core/errors.ts';
import { countParameters } from '../../core/network/plan.ts';
import { openDataset } from '../dataset/load.ts';
import { modelInPath } from '../http/parse-request.ts';
import type { LoadedModel } from '../inference/model-cache.ts';
import { logger } from '../observe/logging.ts';
import { NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { reportAnswer } from './answer-schemas.ts';
import { chooseModel, type ModelServices } from './choose-model.ts';
import { evaluateModel } from './evaluation.ts';

export type Report = z.output<typeof reportAnswer>;

/** Of the first layer's units this many are shown. */
const MAX_UNITS = 64;

/** By model in memory: a version never changes, and its report is made once while it stays there. */
const reports = new WeakMap<LoadedModel, Promise<Report>>();

/** @throws HttpError 404 or 503 when there is no such model or version */
export async function getReport(
  services: ModelServices & { store: ObjectStore },
  text: string,
  version: number | undefined,
): Promise<Report> {
  const model = await chooseModel(services, modelInPath(text), version);
  const known = reports.get(model);
  if (known !== undefined) return known;
  const report = makeReport(services.store, model);
  reports.set(model, report);
  const forget = () => reports.delete(model);
  // What is missing now, or could not be read, may be there next time.
  report.then(({ evaluationMissing }) => evaluationMissing !== null && forget(), forget);
  return report;
}

async function makeReport(store: ObjectStore, model: LoadedModel): Promise<Report> {
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
    ...(await evaluate(store, model)),
    firstLayer: firstLayerOf(model),
  };
}

async function evaluate(
  store: ObjectStore,
  model: LoadedModel,
): Promise<Pick<Report, 'evaluation' | 'regression' | 'evaluationMissing'>> {
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

/** The weights [inputs, units] unit by unit; of a convolution a unit is a filter, and its inputs what a window sees. */
function firstLayerOf({ layers }: LoadedModel): Report['firstLayer'] {
  const { weights, bias } = layers[0]!;
  const units = bias.length;
  const inputs = weights.length / units;
  const shown = Math.min(units, MAX_UNITS);
  const bytes = Buffer.alloc(shown * inputs * 4);
  for (let unit = 0; unit < shown; unit++) {
    for (let i = 0; i < inputs; i++) {
      bytes.writeFloatLE(weights[i * units + unit]!, (unit * inputs + i) * 4);
    }
  }
  return { inputs, units, shown, weights: bytes.toString('base64') };
}
