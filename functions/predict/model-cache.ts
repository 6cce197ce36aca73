/** Models in memory: the newest promoted one, rechecked now and then, and a few pinned versions. */
import { sparseFromPixels } from '../../core/data/sparse-rows.ts';
import { argmax, Network } from '../../core/network/network.ts';
import { decodeCheckpoint } from '../../core/training/checkpoint.ts';
import { KEYS } from '../shared/contract.ts';
import { logger } from '../shared/logging.ts';
import type { ObjectStore } from '../shared/object-store.ts';
import { latestModel, type ModelVersion, modelVersion } from '../shared/schemas.ts';
import { decodeDocument, findDocument, getDocument, getVerified } from '../shared/verified.ts';

/** How long a warm container may serve a version after a newer one was promoted. */
const RECHECK_MS = 2000;
/** Versions kept in memory besides the ones being served; the oldest goes first. */
const MAX_VERSIONS = 8;

export interface LoadedModel {
  name: string;
  version: number;
  /** Pixels per image. */
  inputSize: number;
  document: ModelVersion;
  network: Network;
  /** One prediction per image of `inputSize` pixels, 0–255. */
  predict(images: readonly (readonly number[])[]): { class: number; probabilities: number[] }[];
}

interface Latest {
  etag: string;
  checkedAt: number;
  model: LoadedModel;
}

export class ModelCache {
  #store: ObjectStore;
  #now: () => number;
  #latest = new Map<string, Latest>();
  /** Versions never change, so what is loaded stays right. In order of last use. */
  #versions = new Map<string, LoadedModel>();

  constructor(store: ObjectStore, now: () => number = () => performance.now()) {
    this.#store = store;
    this.#now = now;
  }

  /** The newest promoted version; undefined while there is none. Trouble while rechecking leaves the old one on duty. */
  async find(name: string): Promise<LoadedModel | undefined> {
    const known = this.#latest.get(name);
    if (known === undefined) return this.#loadLatest(name);
    if (this.#now() - known.checkedAt < RECHECK_MS) return known.model;
    try {
      return (await this.#loadLatest(name, known)) ?? known.model;
    } catch (error) {
      logger.warn('recheck failed, serving the version in memory', { name, error: error as Error });
      return known.model;
    }
  }

  async #loadLatest(name: string, known?: Latest): Promise<LoadedModel | undefined> {
    const key = KEYS.latest(name);
    const checkedAt = this.#now();
    const pointer =
      known === undefined ? await this.#store.get(key) : await this.#store.getIfChanged(key, known.etag);
    if (pointer === undefined) return undefined;
    if (pointer === 'unchanged') {
      this.#latest.set(name, { ...known!, checkedAt });
      return known!.model;
    }
    const { version } = decodeDocument(latestModel, pointer.body, key);
    const model = await this.#load(await getDocument(this.#store, modelVersion, KEYS.version(name, version)));
    this.#latest.set(name, { etag: pointer.etag, checkedAt, model });
    return model;
  }

  /** A given version; undefined when there is none. */
  async findVersion(name: string, version: number): Promise<LoadedModel | undefined> {
    const loaded = this.#versions.get(`${name}/${version}`);
    if (loaded !== undefined) return loaded;
    const document = await findDocument(this.#store, modelVersion, KEYS.version(name, version));
    return document === undefined ? undefined : this.#load(document);
  }

  async #load(document: ModelVersion): Promise<LoadedModel> {
    const key = `${document.model}/${document.version}`;
    const loaded =
      this.#versions.get(key) ??
      loadedModel(
        document,
        await getVerified(this.#store, document.checkpoint.key, document.checkpoint.sha256),
      );
    this.#versions.delete(key);
    this.#versions.set(key, loaded);
    if (this.#versions.size > MAX_VERSIONS) this.#versions.delete(this.#versions.keys().next().value!);
    return loaded;
  }
}

function loadedModel(document: ModelVersion, checkpoint: Uint8Array): LoadedModel {
  const { architecture, layers } = decodeCheckpoint(checkpoint);
  const network = new Network(architecture, layers);
  const inputSize = architecture.layers[0]!;
  return {
    name: document.model,
    version: document.version,
    inputSize,
    document,
    network,
    predict(images) {
      const x = sparseFromPixels(images, inputSize);
      const y = network.forward(x, Uint32Array.from(images.keys()));
      return images.map((_, row) => {
        const probabilities = Array.from(y.subarray(row * network.classes, (row + 1) * network.classes));
        return { class: argmax(probabilities), probabilities };
      });
    },
  };
}
