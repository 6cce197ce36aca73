/** The model that a request means. */

import { HttpError } from '../http/http-error.ts';
import { inPath } from '../http/parse-request.ts';
import type { LoadedModel, ModelCache } from '../inference/model-cache.ts';
import { versionText } from './request-schemas.ts';

export interface ModelServices {
  models: ModelCache;
  /** Model that answers when the request names none. */
  defaultModel: string;
}

/**
 * @param name of the model; undefined for the default one
 * @param version undefined for the newest promoted one
 * @throws HttpError 404 when there is no such model or version; 503 while the default model has none
 */
export async function chooseModel(
  { models, defaultModel }: ModelServices,
  name: string = defaultModel,
  version?: number,
): Promise<LoadedModel> {
  const found = version === undefined ? await models.find(name) : await models.findVersion(name, version);
  if (found !== undefined) return found;
  if (version !== undefined) {
    throw new HttpError(404, 'version', `model ${name} has no version ${version}`);
  }
  if (name === defaultModel) {
    const headers = { 'retry-after': '5' };
    throw new HttpError(503, 'model', `no version of ${name} has been promoted yet`, headers);
  }
  throw new HttpError(404, 'model', `no version of ${name} has been promoted`);
}

export const versionInPath = (text: string): number =>
  inPath(versionText, 'version', text, 'an integer from 1');
