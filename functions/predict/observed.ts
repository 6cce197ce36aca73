/** Predicts with the versions that a request is put to, and counts what each of them did. */
import { METRICS } from '../contract/metrics.ts';
import type { LoadedModel, SamplePrediction, Samples } from '../inference/model-cache.ts';
import type { Metric, MetricEntry } from '../observe/emf.ts';
import { logger } from '../observe/logging.ts';
import type { ChosenVersions } from './trial.ts';

/** Where metrics go. */
export type Emit = (entry: Omit<MetricEntry, 'namespace'>) => void;

/**
 * What the answering version says. The other one of a trial is asked after it, and can't fail the request.
 *
 * @throws whatever the answering version throws
 */
export function predictObserved(
  { answering, compared, candidate }: ChosenVersions,
  samples: Samples,
  emit: Emit,
): SamplePrediction[] {
  const answered = ask(answering, samples);
  const { predictions, error } = answered;
  const other = predictions && compared && ask(compared, samples);
  if (other !== undefined && other.predictions === undefined) {
    const { name, version } = other.model;
    logger.warn('not compared', { model: name, version, error: other.error as Error });
  }
  const asked = other === undefined ? [answered] : [answered, other];
  for (const each of asked) emit(versionMetrics(each));
  if (candidate !== undefined) {
    emit(trialMetrics(answering.name, candidate, asked, compared !== undefined));
  }
  if (predictions === undefined) throw error;
  return predictions;
}

/** A version's predictions, or its error, and how long it took. */
interface Asked {
  model: LoadedModel;
  ms: number;
  predictions?: SamplePrediction[];
  error?: unknown;
}

function ask(model: LoadedModel, samples: Samples): Asked {
  const started = performance.now();
  try {
    const predictions = model.predict(samples);
    return { model, predictions, ms: performance.now() - started };
  } catch (error) {
    return { model, error, ms: performance.now() - started };
  }
}

function versionMetrics({ model, predictions, ms }: Asked): Omit<MetricEntry, 'namespace'> {
  return {
    metrics: {
      [METRICS.requests]: one(true),
      [METRICS.errors]: one(predictions === undefined),
      [METRICS.latency]: { value: ms, unit: 'Milliseconds' },
    },
    ...dimensionsOf(model.name, model.version),
    dimensionSets: [[METRICS.byModel, METRICS.byVersion]],
  };
}

/**
 * By model alone, too, for alarms: they are made before anybody knows the candidate's number.
 *
 * @param isThere whether the candidate could be asked at all
 */
function trialMetrics(
  name: string,
  version: number,
  asked: readonly Asked[],
  isThere: boolean,
): Omit<MetricEntry, 'namespace'> {
  const own = asked.find(({ model }) => model.version === version);
  const isError = !isThere || (own !== undefined && own.predictions === undefined);
  const [first, second] = asked.map(({ predictions }) => predictions);
  // Samples on which both were asked, and those on which they say different classes.
  const both =
    first === undefined || second === undefined ? [] : first.map((each, row) => [each, second[row]!]);
  const disagreements = both.filter(([a, b]) => classOf(a!) !== classOf(b!)).length;
  return {
    metrics: {
      [METRICS.candidateRequests]: one(true),
      [METRICS.candidateErrors]: one(isError),
      [METRICS.compared]: { value: both.length, unit: 'Count' },
      [METRICS.disagreements]: { value: disagreements, unit: 'Count' },
    },
    ...dimensionsOf(name, version),
    dimensionSets: [[METRICS.byModel], [METRICS.byModel, METRICS.byVersion]],
  };
}

const classOf = (prediction: SamplePrediction) => ('class' in prediction ? prediction.class : undefined);
const one = (is: boolean): Metric => ({ value: is ? 1 : 0, unit: 'Count' });
const dimensionsOf = (name: string, version: number) => ({
  dimensions: { [METRICS.byModel]: name, [METRICS.byVersion]: String(version) },
});
