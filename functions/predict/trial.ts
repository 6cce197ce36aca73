/** Which versions a request for a prediction is put to. */

import type { LoadedModel, ModelCache } from '../inference/model-cache.ts';
import { logger } from '../observe/logging.ts';
import { sha256 } from '../store/sha256.ts';
import { chooseModel, type ModelServices } from './choose-model.ts';

export interface ChosenVersions {
  answering: LoadedModel;
  /** The version on trial, where the request is in its share. */
  candidate?: number;
  /**
   * The other one of those two. It is asked the same, and what it says is only counted. undefined also where the
   * candidate can't be asked; then what serves answers.
   */
  compared?: LoadedModel;
}

export interface VersionRequest {
  /** undefined for the default model. */
  model?: string | undefined;
  /** The request names a version: no other may answer. */
  version?: number | undefined;
  /** What requests are split by. */
  requestId: string;
}

/**
 * A canary answers its share of the requests, and a shadow is compared on it. A candidate that can't be loaded, or takes
 * other inputs, costs its requests nothing.
 *
 * @throws HttpError 404 when there is no such model or version; 503 while the default model has none
 */
export async function chooseVersions(
  services: ModelServices,
  { model, version, requestId }: VersionRequest,
): Promise<ChosenVersions> {
  const serving = await chooseModel(services, model, version);
  const trial = version === undefined ? services.models.candidate(serving.name) : undefined;
  if (trial === undefined || !isInShare(requestId, trial.share)) return { answering: serving };
  try {
    const candidate = await loadCandidate(services.models, serving, trial.version);
    const [answering, compared] = trial.mode === 'canary' ? [candidate, serving] : [serving, candidate];
    return { answering, compared, candidate: trial.version };
  } catch (error) {
    logger.warn('candidate not loaded', { model: serving.name, ...trial, error: error as Error });
    return { answering: serving, candidate: trial.version };
  }
}

/** @throws Error when it is not there, or takes other inputs than what serves */
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

/** The hash's first 32 bits. */
const HEX_DIGITS = 8;
const HASHES = 2 ** 32;

/**
 * A fixed part of all request ids, so that the same request is decided the same way wherever it arrives, and no state
 * is kept. A larger share has all the requests of a smaller one, and more.
 *
 * @param share from 0 (none) to 1 (all)
 */
export function isInShare(requestId: string, share: number): boolean {
  const hash = Number.parseInt(sha256(requestId).slice(0, HEX_DIGITS), 16);
  return hash / HASHES < share;
}
