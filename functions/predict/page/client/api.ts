/** The HTTP API that the page is served beside; docs/api.md has its shapes. */
import type { ModelVersion, RunConfig, RunStatus, StepMetrics } from '../../../schemas/documents.ts';

export interface Answer {
  class: number;
  className?: string;
  probabilities: number[];
  /** Contribution of each pixel to the answer. */
  explanation: number[];
  model: string;
  version: number;
}

export interface RunDetail {
  runId: string;
  status: RunStatus | null;
  config: RunConfig | null;
  metrics: StepMetrics[];
}

export interface Mistake {
  index: number;
  label: number;
  predicted: number;
  probabilities: number[];
  /** Base64 of the bytes; null where inputs are no bytes. */
  pixels: string | null;
}

export interface RegressionOutput {
  name: string;
  rmse: number;
  mae: number;
  r2: number | null;
  samples: (readonly [target: number, predicted: number])[];
}

export interface Report {
  model: string;
  version: number;
  architecture: { layers: number[]; parameters: number; summary: string };
  lineage: ModelVersion;
  evaluation: {
    size: number;
    accuracy: number;
    /** Mean per sample, where mistakes have prices. */
    cost: number | null;
    classNames: string[] | null;
    /** [label][predicted class]; empty for very many classes. */
    confusion: number[][];
    mistakes: Mistake[];
    mistakeCount: number;
  } | null;
  regression: {
    size: number;
    loss: number;
    outputs: RegressionOutput[];
  } | null;
  evaluationMissing: string | null;
  /** Weights: base64 of little-endian float32 [shown, inputs]. */
  firstLayer: { inputs: number; units: number; shown: number; weights: string };
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

export const listModels = () => getJson<{ models: { name: string; version: number }[] }>('models');
export const getModel = (name: string) =>
  getJson<{ latest: number; versions: ModelVersion[]; versionsOmitted: number }>(`models/${name}`);
export const getReport = (name: string) => getJson<Report>(`models/${name}/report`);
/** @param prefix of their ids; all for an empty one */
export const listRuns = (prefix: string) =>
  getJson<{ runs: { runId: string; status: RunStatus | null }[] }>(
    prefix === '' ? 'runs' : `runs?prefix=${encodeURIComponent(prefix)}`,
  );
export const getRun = (runId: string) => getJson<RunDetail>(`runs/${runId}`);

/** What a model takes, an input for each column of a table. */
export const getInputs = async (name: string) =>
  (await getJson<{ inputs: { name: string; shape: number[] }[] }>(`v2/models/${name}`)).inputs;

/** The newest checkpoint's bytes and version. */
export async function getWeights(name: string): Promise<{ bytes: Uint8Array; version: number }> {
  const response = await request(`models/${name}/weights`);
  return {
    bytes: new Uint8Array(await response.arrayBuffer()),
    version: Number(response.headers.get('x-model-version')),
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

/** @throws ApiError with what the API says, of status 0 when it is out of reach */
async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, init).catch((error: Error) => {
    throw new ApiError(
      0,
      `The API is out of reach (${error.message}). Offline mode, once on, works without it.`,
    );
  });
  if (response.ok) return response;
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
