/** The HTTP API that the page is served beside; docs/api.md has its shapes. */
import type { z } from 'zod';
import { VERSION_HEADER } from '../../../contract/headers.ts';
import type {
  modelAnswer,
  modelsAnswer,
  predictAnswer,
  reportAnswer,
  runAnswer,
  runsAnswer,
} from '../../answer-schemas.ts';
import type { ModelMetadata } from '../../oip-schemas.ts';
import { bearer } from './sign-in.ts';

/** Of one image, with the explanation that is asked for. */
export type Answer = Extract<z.output<typeof predictAnswer>, { class: number }> & { explanation: number[] };
/** Of one of several images. */
export type Guess = Pick<Answer, 'class' | 'className' | 'probabilities'>;
/** Of rows, with the model that answers. */
export type RowAnswer = Extract<z.output<typeof predictAnswer>, { predictions: unknown }>;
export type Columns = NonNullable<Versions['columns']>;
export type Runs = z.output<typeof runsAnswer>['runs'];
export type RunDetail = z.output<typeof runAnswer>;
export type Report = z.output<typeof reportAnswer>;
export type Versions = z.output<typeof modelAnswer>;

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

async function postJson<T>(path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return (await (await request(path, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as T;
}

async function getJson<T>(path: string): Promise<T> {
  return (await (await request(path)).json()) as T;
}

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
  throw new ApiError(response.status, messageOf(text) ?? `${response.status} ${text.slice(0, 200)}`);
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
