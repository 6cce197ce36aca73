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
import type { Schema } from './schema-form.ts';
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

/** What the page reads of openapi.json. */
export interface OpenApi {
  paths: Readonly<Record<string, { post?: unknown } | undefined>>;
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
/** @param version what serves when undefined */
export const getReport = (name: string, version?: string) =>
  getJson<Report>(`models/${name}/report${version === undefined ? '' : `?version=${version}`}`);
/** @param prefix of their ids; all for an empty one */
export const listRuns = (prefix: string) =>
  getJson<{ runs: Runs }>(prefix === '' ? 'runs' : `runs?prefix=${encodeURIComponent(prefix)}`);
export const getRun = (runId: string) => getJson<RunDetail>(`runs/${runId}`);

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
export async function postPicture(name: string, file: File): Promise<Guess> {
  const headers = { 'content-type': file.type };
  return (await (
    await request(predictPath(name, 'pixels=true'), { method: 'POST', headers, body: file })
  ).json()) as Guess;
}

/** Of one row of a table. */
export async function postRow(name: string, row: Readonly<Record<string, unknown>>): Promise<RowAnswer> {
  return postJson<RowAnswer>(predictPath(name), { rows: [row] });
}

/** @param name the API's own choice when undefined */
export const predictPath = (name: string | undefined, query = ''): string =>
  `predict?${[query, name === undefined ? '' : `model=${name}`].filter((part) => part !== '').join('&')}`.replace(
    /\?$/,
    '',
  );

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
