/** The HTTP API that the page is served beside; docs/api.md has its shapes. */
import type { z } from 'zod';
import { VERSION_HEADER } from '../../../contract/headers.ts';
import type {
  PromoteAnswer,
  RollbackAnswer,
  StartRunAnswer,
  StopRunAnswer,
} from '../../../schemas/manage.ts';
import type {
  modelAnswer,
  modelsAnswer,
  predictAnswer,
  reportAnswer,
  runAnswer,
  runsAnswer,
} from '../../answer-schemas.ts';
import type { ModelMetadata } from '../../oip-schemas.ts';
import type { Schema, Values } from './schema-form.ts';
import { bearer } from './sign-in.ts';

/** Of one image, with the explanation that is asked for. */
export type Answer = Extract<z.output<typeof predictAnswer>, { class: number }> & { explanation: number[] };
/** Of one of several images. */
export type Guess = Pick<Answer, 'class' | 'className' | 'probabilities' | 'pixels'>;
/** Of rows, with the model that answers. */
export type RowAnswer = Extract<z.output<typeof predictAnswer>, { predictions: unknown }>;
export type Columns = NonNullable<Versions['columns']>;
export type Runs = z.output<typeof runsAnswer>['runs'];
export type RunDetail = z.output<typeof runAnswer>;
export type Report = z.output<typeof reportAnswer>;
export type Versions = z.output<typeof modelAnswer>;

/** Requests to begin with. */
export type Examples = Readonly<Record<string, { summary: string; value: { config: Values } }>>;

/** What the page reads of openapi.json. */
export interface OpenApi {
  paths: Readonly<Record<string, { post?: unknown } | undefined>> & {
    '/runs'?: { post?: { requestBody: { content: { 'application/json': { examples: Examples } } } } };
  };
  components: { schemas: Readonly<Record<string, Schema>> };
}

/** The API answered with an error; the message is its own. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const listModels = () => getJson<z.output<typeof modelsAnswer>>('models');
export const getModel = (name: string) => getJson<Versions>(`models/${name}`);
/** @param version what serves when undefined @param evaluation whether with how it does on its test set */
export const getReport = (name: string, version?: string | number, evaluation = true) =>
  getJson<Report>(
    withQuery(
      `models/${name}/report`,
      version === undefined ? '' : `version=${version}`,
      evaluation ? '' : 'evaluation=false',
    ),
  );
/** Runs that are shown, and requests for them: where few ids begin so, an answer has looked at some of the runs only. */
const MAX_SHOWN = 100;
const MAX_PAGES = 20;
/** The newest runs. @param prefix of their ids; all for an empty one */
export async function listRuns(prefix: string): Promise<Runs> {
  const runs: Runs = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = new URLSearchParams({
      ...(prefix === '' ? {} : { prefix }),
      ...(cursor === null ? {} : { cursor, limit: String(MAX_SHOWN - runs.length) }),
    }).toString();
    const answer: z.output<typeof runsAnswer> = await getJson(query === '' ? 'runs' : `runs?${query}`);
    runs.push(...answer.runs);
    cursor = answer.next;
    if (cursor === null || runs.length >= MAX_SHOWN) break;
  }
  return runs;
}
/** Older metrics than those of one answer are asked for when there are no more than so many. */
const MAX_OLDER = 3000;
/** @param known what was answered before: then only what has come since is asked for */
export async function getRun(runId: string, known?: RunDetail): Promise<RunDetail> {
  const last = known?.metrics.at(-1);
  if (known !== undefined && last !== undefined) {
    const { metrics, ...rest } = await getSince(runId, last.step);
    return { ...rest, metrics: [...known.metrics, ...metrics], metricsOmitted: known.metricsOmitted };
  }
  const detail = await getJson<RunDetail>(`runs/${runId}`);
  const isLong = detail.metricsOmitted > 0 && detail.metricsOmitted <= MAX_OLDER;
  return isLong ? getSince(runId, -1) : detail;
}

/** All metrics of later steps. */
async function getSince(runId: string, step: number): Promise<RunDetail> {
  const metrics: RunDetail['metrics'] = [];
  for (;;) {
    const since = metrics.at(-1)?.step ?? step;
    const answer = await getJson<RunDetail>(`runs/${runId}?since=${since}`);
    metrics.push(...answer.metrics);
    if (answer.metricsOmitted === 0 || answer.metrics.length === 0) {
      return { ...answer, metrics, metricsOmitted: 0 };
    }
  }
}

/** What a model takes, an input for each column of a table. */
export const getInputs = async (name: string) => (await getJson<ModelMetadata>(`v2/models/${name}`)).inputs;

/** The newest checkpoint's bytes and version. */
export async function getWeights(name: string): Promise<{ bytes: Uint8Array; version: number }> {
  const response = await request(`models/${name}/weights`);
  return {
    bytes: new Uint8Array(await response.arrayBuffer()),
    version: Number(response.headers.get(VERSION_HEADER)),
  };
}

export const postPixels = (name: string | undefined, pixels: readonly number[]) =>
  postJson<Answer>(predictPath(name, 'explain=true'), { pixels });

/** Of many at once, without explanations. */
export async function postImages(
  name: string | undefined,
  images: readonly (readonly number[])[],
): Promise<Guess[]> {
  const { predictions } = await postJson<{ predictions: Guess[] }>(predictPath(name), { instances: images });
  return predictions;
}

/** Of a file, with the pixels that the network saw. */
export async function postPicture(name: string, file: File): Promise<Answer> {
  const headers = { 'content-type': file.type };
  return (await (
    await request(predictPath(name, 'pixels=true&explain=true'), { method: 'POST', headers, body: file })
  ).json()) as Answer;
}

/** Of one row of a table. */
export async function postRow(name: string, row: Readonly<Record<string, unknown>>): Promise<RowAnswer> {
  return postJson<RowAnswer>(predictPath(name), { rows: [row] });
}

/** @param name the API's own choice when undefined */
export const predictPath = (name: string | undefined, query = ''): string =>
  withQuery('predict', query, name === undefined ? '' : `model=${name}`);

/** @param parts those that are empty are left out */
const withQuery = (path: string, ...parts: string[]): string =>
  [path, parts.filter(Boolean).join('&')].filter(Boolean).join('?');

/** Of the routes that change something: what is in openapi.json where the deployment has them. */
export const getOpenApi = () => getJson<OpenApi>('openapi.json');
/** @param key the same again starts no other run */
export const postRun = (request: object, key: string) =>
  postJson<StartRunAnswer>('runs', request, { 'idempotency-key': key });
export const postStop = (runId: string) => postJson<StopRunAnswer>(`runs/${runId}/stop`, {});
export const postPromote = (model: string, version: number) =>
  postJson<PromoteAnswer>(`models/${model}/promote`, { version });
/** @param from what serves, as it was seen: where another one does by now, nothing changes */
export const postRollback = (model: string, from: number) =>
  postJson<RollbackAnswer>(`models/${model}/rollback`, { from });

async function postJson<T>(path: string, body: object, more: Record<string, string> = {}): Promise<T> {
  const headers = { 'content-type': 'application/json', ...more };
  return (await (await request(path, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as T;
}

async function getJson<T>(path: string): Promise<T> {
  return (await (await request(path)).json()) as T;
}

const NOT_ALLOWED =
  'You may not do this here (403). What changes something is for signed requests of people whose IAM policy allows it: ' +
  'open the page by npm run open -- --stack NAME, which signs with your credentials.';

/** @throws ApiError with what the API says, of status 0 when it is out of reach, 401 with what is wrong with the token */
async function request(
  path: string,
  init: RequestInit & { headers?: Record<string, string> } = {},
): Promise<Response> {
  const headers = { ...init.headers, ...bearer() };
  const response = await fetch(path, { ...init, headers }).catch((error: Error) => {
    throw new ApiError(
      0,
      `The server does not answer (${error.message}). If it was stopped, start it again: npm start -- --serve. ` +
        'This page goes on by itself. Offline mode, once on, works without it.',
    );
  });
  if (response.ok) return response;
  if (response.status === 401) {
    const challenge = response.headers.get('www-authenticate') ?? '';
    throw new ApiError(401, /error_description="([^"]*)"/.exec(challenge)?.[1] ?? '');
  }
  const text = await response.text();
  // API Gateway's own 403 says nothing but that; npm run open, which signs, knows more.
  const said = messageOf(text) ?? (response.status === 403 ? NOT_ALLOWED : undefined);
  throw new ApiError(response.status, said ?? `${response.status} ${text.slice(0, 200)}`);
}

function messageOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    // Not every error comes from our function: what stands before it answers with its own text, which is shown.
    return undefined;
  }
}
