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
export const getReport = (name: string) => getJson<Report>(`models/${name}/report`);
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

export async function postPixels(name: string | undefined, pixels: readonly number[]): Promise<Answer> {
  const model = name === undefined ? '' : `&model=${name}`;
  const response = await request(`predict?explain=true${model}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ pixels }),
  });
  return (await response.json()) as Answer;
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
      `The API is out of reach (${error.message}). Offline mode, once on, works without it.`,
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
