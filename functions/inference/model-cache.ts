/** Models in memory: the newest promoted one, rechecked now and then, and a few pinned versions. */

import { IntegrityError } from '../../core/errors.ts';
import type { PictureForm } from '../../core/ingest/picture-row.ts';
import { argmax, Network } from '../../core/model/network.ts';
import type { LayerParameters } from '../../core/network/architecture.ts';
import { inputsOf } from '../../core/network/plan.ts';
import { sparseFromPixels } from '../../core/rows/sparse-rows.ts';
import { decodeCheckpoint } from '../../core/training/checkpoint.ts';
import { KEYS } from '../contract/keys.ts';
import { loadManifest } from '../dataset/load.ts';
import { classNamesOf, picturesOf } from '../dataset/manifest.ts';
import { findVersion as findStored, getVersion, reasonOfAbsence } from '../models/versions.ts';
import { logger } from '../observe/logging.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';
import { type CandidateModel, latestModel, type ModelVersion } from '../schemas/documents.ts';
import { NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodeDocument, getVerified } from '../store/verified.ts';
import { BoundedMap } from './bounded-map.ts';
import { Table, type TableRow, TableRows } from './table-rows.ts';

/** How long a warm container may serve a version after a newer one was promoted. */
const RECHECK_MS = 2000;
/** Kept in memory: the newest version of this many models, and as many pinned versions. */
const MAX_MODELS = 4;
const MAX_VERSIONS = 4;

export interface LoadedModel {
  name: string;
  version: number;
  /** Pixels per image. */
  inputSize: number;
  document: ModelVersion;
  network: Network;
  /** The network's weights. */
  layers: readonly LayerParameters[];
  /** What the columns of its dataset mean, when that is a table: then it takes rows instead of pixels. */
  table: Table | undefined;
  /** How pictures become its inputs; without it, of 784 pixels, they are digits. */
  pictures: PictureForm | undefined;
  /** What the outputs are called: classes, or targets of a regression. */
  classNames: readonly string[] | undefined;
  /** One prediction per image of `inputSize` pixels, 0–255, or per row. @throws InputError for a row that isn't one */
  predict(samples: Samples): SamplePrediction[];
}

export type Samples = readonly ArrayLike<number>[] | TableRows;
interface RowPrediction {
  /** By column, values that the training set did not have, which counted for nothing; absent where there are none. */
  unknown?: TableRow;
}
export interface ClassPrediction extends RowPrediction {
  class: number;
  className?: string;
  probabilities: number[];
}
export type SamplePrediction =
  | ClassPrediction
  /** Of a regression, by target. */
  | (RowPrediction & { values: Record<string, number> });

/** Predictions of pictures, which are classes. @throws TypeError when they are a regression's, which takes none */
export function asClasses(predictions: readonly SamplePrediction[]): ClassPrediction[] {
  return predictions.map((prediction) => {
    if ('values' in prediction) throw new TypeError('got values of a regression, expected classes');
    return prediction;
  });
}

interface Latest {
  etag: string;
  checkedAt: number;
  model: LoadedModel;
  candidate: CandidateModel | undefined;
}

export class ModelCache {
  #store: ObjectStore;
  #now: () => number;
  #latest = new BoundedMap<string, Latest>(MAX_MODELS);
  /** Versions never change, so what is loaded stays right. */
  #versions = new BoundedMap<string, LoadedModel>(MAX_VERSIONS);

  constructor(store: ObjectStore, now: () => number = () => performance.now()) {
    this.#store = store;
    this.#now = now;
  }

  /**
   * The newest promoted version; undefined while there is none. One in memory stays on duty while trouble keeps its
   * successor from being found or loaded.
   */
  async find(name: string): Promise<LoadedModel | undefined> {
    const known = this.#latest.get(name);
    if (known === undefined) return this.#loadLatest(name);
    if (this.#now() - known.checkedAt < RECHECK_MS) return known.model;
    // Before the outcome is known: trouble, too, is met once in a while and not by every request.
    known.checkedAt = this.#now();
    try {
      return await this.#loadLatest(name, known);
    } catch (error) {
      logger.warn('recheck failed, serving the version in memory', { name, error: error as Error });
      return known.model;
    }
  }

  async #loadLatest(name: string, known?: Latest): Promise<LoadedModel | undefined> {
    const key = KEYS.latest(name);
    const checkedAt = this.#now();
    let pointer =
      known === undefined ? await this.#store.get(key) : await this.#store.getIfChanged(key, known.etag);
    if (pointer === 'unchanged') return known!.model;
    while (pointer !== undefined) {
      const { version, candidate } = decodeDocument(latestModel, pointer.body, key);
      try {
        const model =
          this.#inMemory(name, version) ?? (await this.#load(await getVersion(this.#store, name, version)));
        this.#latest.set(name, { etag: pointer.etag, checkedAt, model, candidate });
        return model;
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
        // Since the pointer was read, another version may serve, and this one may have been deleted.
        const next = await this.#store.getIfChanged(key, pointer.etag);
        if (next === 'unchanged') throw await reasonOfAbsence(this.#store, name, version, error);
        pointer = next;
      }
    }
    this.#latest.delete(name);
    return undefined;
  }

  /** The version on trial beside the one that `find` has answered with last. */
  candidate(name: string): CandidateModel | undefined {
    return this.#latest.get(name)?.candidate;
  }

  /** A given version; undefined when there is none. */
  async findVersion(name: string, version: number): Promise<LoadedModel | undefined> {
    const known = this.#inMemory(name, version);
    if (known !== undefined) return known;
    const document = await findStored(this.#store, name, version);
    if (document === undefined) return undefined;
    const model = await this.#load(document);
    this.#versions.set(KEYS.version(name, version), model);
    return model;
  }

  #inMemory(name: string, version: number): LoadedModel | undefined {
    const latest = this.#latest.get(name)?.model;
    return latest?.version === version ? latest : this.#versions.get(KEYS.version(name, version));
  }

  async #load(document: ModelVersion): Promise<LoadedModel> {
    const { key, sha256 } = document.checkpoint;
    const checkpoint = await getVerified(this.#store, key, sha256);
    return loadedModel(document, checkpoint, await findManifest(this.#store, document));
  }
}

/** undefined when the dataset was deleted or made anew: a model of pictures does without. */
async function findManifest(
  store: ObjectStore,
  { model, version, dataset }: ModelVersion,
): Promise<DatasetManifest | undefined> {
  try {
    return await loadManifest(store, dataset.name, dataset.manifestSha256);
  } catch (error) {
    if (!(error instanceof NotFoundError || error instanceof IntegrityError)) throw error;
    logger.warn('model without its dataset', { model, version, error });
    return undefined;
  }
}

/** Of a dataset that is gone: other pixels than those of the training set would be a silent mistake. */
function declaredPictures({ config: { dataset } }: ModelVersion): PictureForm | undefined {
  return typeof dataset === 'object' && 'pictures' in dataset ? dataset.pictures : undefined;
}

function loadedModel(
  document: ModelVersion,
  checkpoint: Uint8Array,
  manifest: DatasetManifest | undefined,
): LoadedModel {
  const { architecture, layers } = decodeCheckpoint(checkpoint);
  const network = new Network(architecture, layers);
  const inputSize = inputsOf(architecture.layers);
  const { encoding } = manifest?.formatVersion === 2 ? manifest : {};
  const classNames = manifest && classNamesOf(manifest);
  const table = encoding === undefined ? undefined : new Table(encoding);
  return {
    name: document.model,
    version: document.version,
    inputSize,
    document,
    network,
    layers,
    table,
    pictures: (manifest && picturesOf(manifest)) ?? declaredPictures(document),
    classNames,
    predict(samples) {
      const rows = samples instanceof TableRows ? samples.encodedBy(table!) : undefined;
      const y = network.forward(
        rows?.inputs ?? sparseFromPixels(samples as Exclude<Samples, TableRows>, inputSize),
        Uint32Array.from({ length: samples.length }, (_, row) => row),
      );
      return Array.from({ length: samples.length }, (_, row): SamplePrediction => {
        const outputs = y.subarray(row * network.classes, (row + 1) * network.classes);
        const unknown = rows?.unknown[row] && { unknown: rows.unknown[row] };
        if (table !== undefined && table.encoding.targets.length > 0)
          return { values: table.values(outputs), ...unknown };
        const probabilities = Array.from(outputs);
        const best = argmax(probabilities);
        const className = classNames?.[best];
        return { class: best, ...(className === undefined ? {} : { className }), probabilities, ...unknown };
      });
    },
  };
}
