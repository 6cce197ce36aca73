/** The Open Inference Protocol's answers about the server and its models. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { modelInPath } from '../http/parse-request.ts';
import type { LoadedModel } from '../inference/model-cache.ts';
import { listVersions } from '../models/versions.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { chooseModel, type ModelServices, versionInPath } from './choose-model.ts';
import { predictObserved } from './observed.ts';
import { withBinaryOutputs } from './oip-binary.ts';
import { readInference, readSamples, responseOf, tensorsOf, wantedOutputs } from './oip-infer.ts';
import type {
  InferenceResponse,
  ModelMetadata,
  modelReady,
  serverMetadata,
  serverReady,
} from './oip-schemas.ts';
import type { PredictionServices } from './predict.ts';
import { chooseVersions } from './trial.ts';

export const SERVER_VERSION = packageJson.version;

/** Of a model's versions about so many of the newest are named: a page of S3's listing. */
const MAX_VERSIONS = 1000;

/** Model and version as they stand in the path. */
export interface ModelPath {
  model: string;
  version?: string;
}

export const describeServer = (): z.output<typeof serverMetadata> => ({
  name: 'stepnet',
  version: SERVER_VERSION,
  extensions: ['binary_tensor_data'],
});

/** Ready when the default model can answer; it is loaded to know. */
export async function isServerReady({
  models,
  defaultModel,
}: ModelServices): Promise<z.output<typeof serverReady>> {
  const isReady = (await models.find(defaultModel)) !== undefined;
  return { live: isReady, ready: isReady };
}

/** @throws HttpError 404 or 503 when there is no such model or version */
export async function describeModel(
  services: ModelServices & { store: ObjectStore },
  path: ModelPath,
): Promise<ModelMetadata> {
  const model = await modelAt(services, path);
  const versions = await listVersions(services.store, model.name, MAX_VERSIONS);
  return {
    name: model.name,
    versions: versions.map(String),
    platform: 'stepnet_safetensors',
    ...tensorsOf(model),
  };
}

/** The model is loaded to know. @throws HttpError 404 or 503 when there is no such model or version */
export async function isModelReady(
  services: ModelServices,
  path: ModelPath,
): Promise<z.output<typeof modelReady>> {
  const { name } = await modelAt(services, path);
  return { name, ready: true };
}

/**
 * The answer, and the bytes of the outputs that are wanted behind it.
 *
 * @throws HttpError 400, 404, 413, 415 or 503
 */
export async function inferAt(
  event: APIGatewayProxyEventV2,
  services: PredictionServices,
  path: ModelPath,
): Promise<{ answer: InferenceResponse; data: Buffer | undefined }> {
  const request = readInference(event);
  const { requestId } = event.requestContext;
  const chosen = await chooseVersions(services, { ...readPath(path), requestId });
  const model = chosen.answering;
  const samples = readSamples(request, model);
  const outputs = wantedOutputs(request, model);
  const predictions = predictObserved(chosen, samples, services.emit);
  return withBinaryOutputs(request, responseOf(request, model, outputs, predictions));
}

function modelAt(services: ModelServices, path: ModelPath): Promise<LoadedModel> {
  const { model, version } = readPath(path);
  return chooseModel(services, model, version);
}

const readPath = ({ model, version }: ModelPath) => ({
  model: modelInPath(model),
  version: version === undefined ? undefined : versionInPath(version),
});
