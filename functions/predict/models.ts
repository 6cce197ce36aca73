/** GET /models, /models/{name} and /models/{name}/weights: what has been promoted, straight from the bucket. */
import type { z } from 'zod';
import { IntegrityError } from '../../core/errors.ts';
import type { TableEncoding } from '../../core/ingest/table/encoding.ts';
import { KEYS } from '../contract/keys.ts';
import { loadManifest } from '../dataset/load.ts';
import { classNamesOf, picturesOf } from '../dataset/manifest.ts';
import { HttpError } from '../http/http-error.ts';
import { modelInPath } from '../http/parse-request.ts';
import { findLatest, findVersion, readCheckpoint, versionsOf } from '../models/versions.ts';
import { type ModelVersion, modelVersion } from '../schemas/documents.ts';
import { NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { newestOf } from '../store/series.ts';
import { mapSomeAtOnce } from '../store/some-at-once.ts';
import type { column, modelAnswer, modelsAnswer } from './answer-schemas.ts';
import { chooseModel, type ModelServices } from './choose-model.ts';

/** Models and versions that one answer lists. */
const MAX_LISTED = 100;
/** Bytes of a file that an answer can hold: Lambda's 6 MB, of which base64 takes a quarter. */
const MAX_FILE_BYTES = 4_500_000;

const isModelName = (text: string) => modelVersion.shape.model.safeParse(text).success;

/** Models with a promoted version, by name, at most 100. */
export async function listModels(store: ObjectStore): Promise<z.output<typeof modelsAnswer>> {
  const names = (await store.listFolders(KEYS.modelsPrefix)).filter(isModelName).slice(0, MAX_LISTED);
  const models = await mapSomeAtOnce(names, async (name) => {
    const latest = await findLatest(store, name);
    return latest === undefined ? [] : [{ name, version: latest.version }];
  });
  return { models: models.flat() };
}

/**
 * @param before the newest versions below this number are told; the newest of all when undefined
 * @throws HttpError 404 for a model without promoted version
 */
export async function getModel(
  store: ObjectStore,
  text: string,
  before?: number,
): Promise<z.output<typeof modelAnswer>> {
  const name = modelInPath(text);
  const latest = await findLatest(store, name);
  if (latest === undefined) {
    throw new HttpError(404, 'model', `no version of ${name} has been promoted`);
  }
  const { documents, omitted } = await newestOf(store, versionsOf(name), MAX_LISTED, before);
  const serving =
    documents.find(({ version }) => version === latest.version) ??
    (await findVersion(store, name, latest.version));
  return {
    name,
    latest: latest.version,
    previous: latest.history?.at(-1) ?? null,
    trial: latest.candidate ?? null,
    versions: documents.reverse(),
    versionsOmitted: omitted,
    ...(await describeData(store, serving)),
  };
}

type DataDescription = Pick<z.output<typeof modelAnswer>, 'columns' | 'pictures' | 'classNames'>;
const UNKNOWN: DataDescription = { columns: null, pictures: null, classNames: null };

/** What a row has to have for this version, and what its classes are called. */
async function describeData(store: ObjectStore, version: ModelVersion | undefined): Promise<DataDescription> {
  if (version === undefined) return UNKNOWN;
  const { name, manifestSha256 } = version.dataset;
  try {
    const manifest = await loadManifest(store, name, manifestSha256);
    const encoding = 'encoding' in manifest ? manifest.encoding : undefined;
    return {
      columns: encoding === undefined ? null : describeColumns(encoding),
      pictures: picturesOf(manifest) ?? null,
      classNames: classNamesOf(manifest)?.slice() ?? null,
    };
  } catch (error) {
    // The versions are told also when their dataset was deleted or made anew.
    if (error instanceof NotFoundError || error instanceof IntegrityError) return UNKNOWN;
    throw error;
  }
}

function describeColumns({ columns, schema }: TableEncoding): z.output<typeof column>[] {
  return columns.map((encoded) => {
    const { name, type } = encoded;
    if (type === 'categorical') return { name, type, categories: [...encoded.categories] };
    const declared = schema.columns.find((each) => each.name === name);
    const isLog = declared?.type === 'numeric' && declared.transform === 'log1p';
    // The statistics are of what the network sees.
    const own = (value: number) => (isLog ? Math.expm1(value) : value);
    const { min, max, mean } = encoded.statistics;
    return { name, type, min: own(min), max: own(max), mean: own(mean) };
  });
}

export interface WeightsFile {
  bytes: Uint8Array;
  version: number;
  sha256: string;
}

/** A version's checkpoint as it is stored. @throws HttpError 404 or 503; 422 for a file that no answer can hold */
export async function getWeights(
  services: ModelServices & { store: ObjectStore },
  text: string,
  version: number | undefined,
): Promise<WeightsFile> {
  const model = await chooseModel(services, modelInPath(text), version);
  const { sha256, bytes } = model.document.checkpoint;
  if (bytes > MAX_FILE_BYTES) {
    const message = `version ${model.version} has ${bytes} bytes, expected at most ${MAX_FILE_BYTES}`;
    throw new HttpError(422, 'version', message);
  }
  return { bytes: await readCheckpoint(services.store, model.document), version: model.version, sha256 };
}
