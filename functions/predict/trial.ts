/** Counts what each version answers, and lets a candidate answer its share of the requests, or be compared on it. */
import { METRICS } from '../contract/metrics.ts';
import type { LoadedModel, ModelCache, SamplePrediction, Samples } from '../inference/model-cache.ts';
import type { Metric, MetricEntry } from '../observe/emf.ts';
import { logger } from '../observe/logging.ts';
import { isInShare } from './traffic.ts';

export interface TrialServices {
  models: ModelCache;
  /** Where metrics go; without it nothing is counted. */
  emit?: ((entry: Omit<MetricEntry, 'namespace'>) => void) | undefined;
}

export interface TrialRequest {
  /** What is split by. */
  requestId: string;
  /** The request names a version: no other may answer. */
  isPinned: boolean;
}

type Predictions = SamplePrediction[];
const classOf = (prediction: SamplePrediction) => ('class' in prediction ? prediction.class : undefined);

/**
 * The model that answers the request, with its predictions counted: `serving`, or the version on trial beside it.
 *
 * A candidate that can't be loaded, or takes other images, costs its requests nothing: what serves answers, and the
 * candidate has an error. In both modes the two are compared wherever the candidate is asked.
 */
export async function onTrial(
  serving: LoadedModel,
  request: TrialRequest,
  services: TrialServices,
): Promise<LoadedModel> {
  const emit = services.emit ?? (() => {});
  const trial = request.isPinned ? undefined : services.models.candidate(serving.name);
  if (trial === undefined || !isInShare(request.requestId, trial.share)) return counted(serving, emit);
  let candidate: LoadedModel;
  try {
    candidate = await loadCandidate(services.models, serving, trial.version);
  } catch (error) {
    logger.warn('candidate not loaded', { model: serving.name, ...trial, error: error as Error });
    emit(trialMetrics(serving.name, trial.version, { isError: true }));
    return counted(serving, emit);
  }
  const isCanary = trial.mode === 'canary';
  const [answering, other] = isCanary ? [candidate, serving] : [serving, candidate];
  return {
    ...answering,
    predict(images) {
      let seen: Seen = { isError: isCanary };
      try {
        const predictions = counted(answering, emit).predict(images);
        seen = compare(predictions, counted(other, emit), images, !isCanary);
        return predictions;
      } finally {
        emit(trialMetrics(serving.name, candidate.version, seen));
      }
    },
  };
}

/** What a request has shown of a candidate. */
interface Seen {
  isError: boolean;
  /** Images on which both were asked, and those on which they say different classes. */
  compared?: number;
  disagreements?: number;
}

/** What the other one does is nobody's answer: whatever it is, it is only counted. */
function compare(predictions: Predictions, other: LoadedModel, images: Samples, isCandidate: boolean): Seen {
  try {
    const others = other.predict(images);
    const disagreements = predictions.filter((own, row) => classOf(own) !== classOf(others[row]!)).length;
    return { isError: false, compared: predictions.length, disagreements };
  } catch (error) {
    logger.warn('not compared', { model: other.name, version: other.version, error: error as Error });
    return { isError: isCandidate };
  }
}

/** @throws Error when it is not there, or takes other images than what serves */
async function loadCandidate(
  models: ModelCache,
  serving: LoadedModel,
  version: number,
): Promise<LoadedModel> {
  const candidate = await models.findVersion(serving.name, version);
  if (candidate === undefined) throw new Error(`there is no version ${version}`);
  // Rows are encoded by each in its own way.
  const isTable = [serving, candidate].map(({ table }) => table !== undefined);
  if (isTable[0] !== isTable[1]) throw new Error('one takes rows of a table, the other pixels');
  if (!isTable[0] && candidate.inputSize !== serving.inputSize) {
    throw new Error(`takes ${candidate.inputSize} pixels, what serves takes ${serving.inputSize}`);
  }
  return candidate;
}

/** The same model, whose predictions are counted and timed under its version. */
function counted(model: LoadedModel, emit: NonNullable<TrialServices['emit']>): LoadedModel {
  return {
    ...model,
    predict(images) {
      const started = performance.now();
      let isError = true;
      try {
        const predictions = model.predict(images);
        isError = false;
        return predictions;
      } finally {
        emit({
          metrics: {
            [METRICS.requests]: one(true),
            [METRICS.errors]: one(isError),
            [METRICS.latency]: { value: performance.now() - started, unit: 'Milliseconds' },
          },
          ...dimensionsOf(model.name, model.version),
          dimensionSets: [[METRICS.byModel, METRICS.byVersion]],
        });
      }
    },
  };
}

/** By model alone, too, for alarms: they are made before anybody knows the candidate's number. */
function trialMetrics(
  name: string,
  version: number,
  { isError, compared = 0, disagreements = 0 }: Seen,
): Omit<MetricEntry, 'namespace'> {
  return {
    metrics: {
      [METRICS.candidateRequests]: one(true),
      [METRICS.candidateErrors]: one(isError),
      [METRICS.compared]: { value: compared, unit: 'Count' },
      [METRICS.disagreements]: { value: disagreements, unit: 'Count' },
    },
    ...dimensionsOf(name, version),
    dimensionSets: [[METRICS.byModel], [METRICS.byModel, METRICS.byVersion]],
  };
}

const one = (is: boolean): Metric => ({ value: is ? 1 : 0, unit: 'Count' });
const dimensionsOf = (name: string, version: number) => ({
  dimensions: { [METRICS.byModel]: name, [METRICS.byVersion]: String(version) },
});
