/** Mistakes in predictions, their description, and downloads. */
import { type Mutation, mistake } from './mutation.ts';

const PREDICT = 'test/functions/predict';
/** Not the page's, which needs a browser, nor those over all of MNIST. */
const ROUTES = ['openapi', 'oip', 'predict', 'trial', 'models', 'runs', 'rows', 'router'].map(
  (name) => `${PREDICT}/${name}.test.ts`,
);

export const IN_SERVING: readonly Mutation[] = [
  mistake(
    'a model says that a rollback goes back to what served first',
    'functions/predict/models.ts',
    'latest.history?.at(-1)',
    'latest.history?.at(0)',
    ROUTES,
  ),
  mistake(
    'a version asked for by its number takes part in a trial',
    'functions/predict/trial.ts',
    'version === undefined ? services.models.candidate(serving.name) : undefined',
    'services.models.candidate(serving.name)',
    ROUTES,
  ),
  mistake(
    'an inference by version takes part in a trial',
    'functions/predict/oip.ts',
    '{ ...readPath(path), requestId }',
    '{ model: readPath(path).model, requestId }',
    ROUTES,
  ),
  mistake(
    'the share of a trial is turned round',
    'functions/predict/trial.ts',
    'hash / HASHES < share',
    'hash / HASHES >= share',
    ROUTES,
  ),
  mistake(
    'filters are told in the order of a checkpoint',
    'functions/predict/report.ts',
    'weights[i * units + unit]',
    'weights[unit * inputs + i]',
    ROUTES,
  ),
  mistake(
    'a report without an evaluation evaluates all the same',
    'functions/predict/report.ts',
    'evaluation ? await evaluated(services.store, model) : NOT_EVALUATED',
    'await evaluated(services.store, model)',
    ROUTES,
  ),
  mistake(
    'what is wrong with hidden layers is counted among all layers',
    'functions/run/validate-config.ts',
    'Number(index) - 1',
    'Number(index)',
    ['test/functions/run/validate-config.test.ts'],
  ),
  mistake(
    'an explanation is of pixels that are not divided',
    'core/model/explain.ts',
    'pixel / PIXEL_SCALE',
    'pixel',
    [...ROUTES, 'test/core/model'],
  ),
  mistake(
    'openapi.json names the wrong schema',
    'functions/predict/openapi.ts',
    "'GET /models/{model}': { answer: 'Model', errors: [404, 503] }",
    "'GET /models/{model}': { answer: 'Models', errors: [404, 503] }",
    ROUTES,
  ),
  mistake(
    'openapi.json loses the queries',
    'functions/predict/openapi.ts',
    '...(query === undefined ? [] : describeQuery(query))',
    '...[]',
    ROUTES,
  ),
  mistake(
    'a new version is served after 20 seconds',
    'functions/inference/model-cache.ts',
    'this.#now() - known.checkedAt < RECHECK_MS',
    'this.#now() - known.checkedAt < 10 * RECHECK_MS',
    'test/functions/inference',
  ),
  mistake(
    'rows of a request share what is unknown in them',
    'functions/inference/table-rows.ts',
    'unknown.push(pick(row, encoder.unknown))',
    'unknown.push(pick(rows[0]!, encoder.unknown))',
    ROUTES,
  ),
  mistake(
    'an answer is compressed for who refuses it',
    'functions/predict/compress.ts',
    '!parameters.some((each) => /^q=0(\\.0*)?$/.test(each))',
    'true',
    ROUTES,
  ),
  mistake(
    "a column's largest value is its mean",
    'functions/predict/models.ts',
    'own(max)',
    'own(mean)',
    ROUTES,
  ),
  mistake(
    'a run that fails loses its settings',
    'functions/run/status.ts',
    'present?.settings',
    'undefined',
    'test/functions/run',
  ),
  mistake(
    'a name of several addresses is reached at the first',
    'functions/download/fetch-policy.ts',
    'const [first] = open',
    'const [first] = addresses',
    'test/functions/download',
  ),
  mistake(
    "a mirror's file may be of any size",
    'functions/download/fetch-verified.ts',
    'bytes > limit',
    'false',
    'test/functions/download',
  ),
];
