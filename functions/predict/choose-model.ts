/** The model that a request means. */

import type { LoadedModel, ModelCache } from '../inference/model-cache.ts';
import { modelVersion } from '../schemas/documents.ts';
import { HttpError } from './http-error.ts';
import { versionQuery } from './request-schemas.ts';

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

/** A model's name out of a path. @throws HttpError 404 when no model can have it */
export function modelInPath(text: string): string {
  if (modelVersion.shape.model.safeParse(text).success) return text;
  const got = JSON.stringify(text.slice(0, 80));
  throw new HttpError(404, 'model', `got ${got}, expected 1-63 of a-z 0-9 . _ -`);
}

/** A version out of a path. @throws HttpError 404 when no version can have it */
export function versionInPath(text: string): number {
  const result = versionQuery.shape.version.safeParse(text);
  if (result.success && result.data !== undefined) return result.data;
  const got = JSON.stringify(text.slice(0, 80));
  throw new HttpError(404, 'version', `got ${got}, expected an integer from 1`);
}
