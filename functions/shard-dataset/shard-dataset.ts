/** Cuts a dataset's files into shards and writes the manifest that names them. */
import type { z } from 'zod';
import { DatasetError } from '../../core/errors.ts';
import { type Catalogue, DATASETS } from '../../core/ingest/catalogue/datasets.ts';
import {
  type CifarSpec,
  type CsvSpec,
  type DatasetSpec,
  hasFirstManifest,
  type IdxSpec,
  type SourceFile,
  type Split,
} from '../../core/ingest/catalogue/spec.ts';
import { specOf, type UserDataset } from '../../core/ingest/catalogue/user-dataset.ts';
import { shapeOfForm } from '../../core/ingest/picture-row.ts';
import { isSparse } from '../../core/ingest/table/encode-table.ts';
import type { SplitSchema } from '../../core/ingest/table/split.ts';
import { FIRST_SHARD_ROWS } from '../contract/data.ts';
import { KEYS } from '../contract/keys.ts';
import { definitionOf, sourceKey, sourceOf } from '../dataset/sources.ts';
import type { KeptFiles } from '../download/kept-files.ts';
import { logger } from '../observe/logging.ts';
import { type DatasetManifest, datasetManifest } from '../schemas/dataset.ts';
import type { shardDatasetOutput } from '../schemas/payloads.ts';
import { ConflictError } from '../store/errors.ts';
import { encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { sha256 } from '../store/sha256.ts';
import { decodeDocument } from '../store/verified.ts';
import { type SourceReader, sourceReader } from './read-source.ts';
import { cifarRows, dealtRows, idxRows, idxShape, type PictureShape } from './shard-pictures.ts';
import { shardTable } from './shard-table.ts';
import { mixed, rowsOf, writeShards } from './write-shards.ts';

export interface ShardRequest {
  store: ObjectStore;
  dataset: string | UserDataset;
  catalogue?: Catalogue;
  shardRows?: number;
  /** Brings the files into the bucket where the dataset isn't there yet. @returns those that are in memory, too */
  bring?: () => Promise<KeptFiles>;
}

/** What all formats' manifests are made with. */
interface Work {
  store: ObjectStore;
  reader: SourceReader;
  /** SHA-256 of the spec; what is random is so by it. */
  definition: string;
  seed: number;
  keyOf(split: Split): (index: number) => string;
}
type Described = Omit<Extract<DatasetManifest, { formatVersion: 2 }>, Common>;
type Common = 'formatVersion' | 'name' | 'definition' | 'sources';

/**
 * Deterministic: the same sources give the same shards and manifest, so repeating it after a kill is harmless, and a
 * manifest that is there already says that all is done.
 *
 * @throws DatasetError when the files don't hold what the spec says; IntegrityError when one was changed; ConflictError
 *   when there is another dataset of this name
 */
export async function shardDataset(request: ShardRequest): Promise<z.output<typeof shardDatasetOutput>> {
  const { store, catalogue = DATASETS, shardRows = FIRST_SHARD_ROWS } = request;
  const spec = specOf(request.dataset, catalogue);
  const definition = definitionOf(spec, catalogue);
  const key = KEYS.manifest(spec.name);
  const conflict = () =>
    new ConflictError(
      `dataset ${spec.name} exists with another definition; ` +
        (catalogue.has(spec.name)
          ? `an earlier version made it: npm run data -- delete ${spec.name}, and it is made anew`
          : 'choose another name'),
    );
  const existing = await store.get(key);
  if (existing !== undefined) {
    const manifest = decodeDocument(datasetManifest, existing.body, key);
    const isOther = manifest.formatVersion === 2 && manifest.definition !== definition;
    if (isOther && !isOfSameFiles(manifest, spec, catalogue)) throw conflict();
    return describe(manifest, existing.body);
  }
  const keyOf = (file: SourceFile) => sourceKey(spec.name, file.name, sourceOf(spec, file, catalogue));
  const reader = sourceReader(store, keyOf, await request.bring?.());
  const work: Work = {
    store,
    reader,
    definition,
    seed: Number.parseInt(definition.slice(0, 8), 16),
    keyOf: (split) => (index) => KEYS.shard(spec.name, split, index, definition),
  };
  const manifest: DatasetManifest = hasFirstManifest(spec)
    ? await firstManifest(spec, store, reader, shardRows)
    : {
        formatVersion: 2,
        name: spec.name,
        definition,
        ...(await shard(spec, work).catch((error: unknown) => failWith(error, spec, catalogue))),
        sources: Object.fromEntries([...reader.digests].map(([name, digest]) => [name, digest.sha256])),
      };
  const bytes = encodeJson(manifest);
  const { created } = await store.tryCreate(key, bytes);
  if (!created) throw conflict();
  const { train, test } = manifest.splits;
  logger.info('sharded', { dataset: spec.name, train: train.size, test: test.size });
  return describe(manifest, bytes);
}

/** The files of a name stay, whatever stands at their places by now. */
function failWith(error: unknown, { name }: DatasetSpec, catalogue: Catalogue): never {
  if (!(error instanceof DatasetError) || catalogue.has(name)) throw error;
  const advice = `another declaration of ${name} reads the same files again; mended files need another name`;
  throw new DatasetError(`${error.message}. ${advice}`, { cause: error });
}

function describe(manifest: DatasetManifest, bytes: Uint8Array): z.output<typeof shardDatasetOutput> {
  return {
    dataset: manifest.name,
    manifestSha256: sha256(bytes),
    trainSize: manifest.splits.train.size,
    testSize: manifest.splits.test.size,
  };
}

/** Whether the manifest is of the very files that the catalogue names, which may say more of them than when it was written. */
const isOfSameFiles = (
  { sources }: DatasetManifest,
  { name, files }: DatasetSpec,
  catalogue: Catalogue,
): boolean =>
  catalogue.has(name) &&
  files.every((file) => file.sha256 !== undefined && file.sha256 === sources[file.name]);

/** Shards in the order of the files, as they always were: runs are compared by the manifest's digest. */
async function firstManifest(
  spec: IdxSpec,
  store: ObjectStore,
  reader: SourceReader,
  shardRows: number,
): Promise<DatasetManifest> {
  await reader.prepare(spec.files);
  const shape = await idxShape(spec, reader);
  const write = (split: Split) =>
    writeShards(
      store,
      (index) => KEYS.shard(spec.name, split, index),
      idxRows(spec, shape, reader, split, shardRows),
      shape.classes,
    );
  const splits = { train: await write('train'), test: await write('test') };
  const sources = Object.fromEntries(spec.files.map((file) => [file.name, file.sha256!]));
  return { formatVersion: 1, name: spec.name, ...shape, splits, sources };
}

async function shard(spec: DatasetSpec, work: Work): Promise<Described> {
  // A table's training set is read for its encoding first.
  if (spec.format !== 'csv') await work.reader.prepare(spec.files);
  switch (spec.format) {
    case 'csv':
      return tableManifest(spec, work);
    case 'cifar': {
      const { pictures, classes } = spec;
      const shape = { inputShape: shapeOfForm(pictures), classes };
      const read = (split: Split, rows: number) => cifarRows(spec, work.reader, split, rows);
      return { ...(await pictureManifest(spec, shape, work, read)), pictures };
    }
    case 'idx': {
      const shape = await idxShape(spec, work.reader);
      const deal = await dealtRows(spec, shape, work.reader);
      const described = await pictureManifest(spec, shape, work, (split, rows) =>
        deal(split, (from) => idxRows(spec, shape, work.reader, from, rows)),
      );
      return spec.pictures === undefined ? described : { ...described, pictures: spec.pictures };
    }
  }
}

async function pictureManifest(
  spec: IdxSpec | CifarSpec,
  shape: PictureShape,
  { store, keyOf, seed }: Work,
  read: (split: Split, blockRows: number) => ReturnType<typeof idxRows>,
): Promise<Described> {
  const { classNames } = spec;
  const rowBytes = shape.inputShape.reduce((product, size) => product * size, 1);
  const { shardRows } = rowsOf(rowBytes);
  const train = mixed(read('train', shardRows), rowBytes, seed);
  const written = {
    train: await writeShards(store, keyOf('train'), train, shape.classes),
    test: await writeShards(store, keyOf('test'), read('test', shardRows), shape.classes),
  };
  checkTest(written.test.size, spec.format === 'idx' ? spec.split : undefined);
  return {
    shards: 'u8',
    ...shape,
    ...(classNames === undefined ? {} : { classNames: [...classNames] }),
    splits: written,
  };
}

function checkTest(rows: number, split: SplitSchema | undefined): void {
  if (rows > 0) return;
  const share = split && `; a share of ${split.testShare} of so few rows is none`;
  throw new DatasetError(`test set: no rows, expected at least one${share ?? ''}`);
}

async function tableManifest(spec: CsvSpec, { store, reader, keyOf, seed }: Work): Promise<Described> {
  const { encoding, train, test, badRows } = await shardTable(spec, reader, seed);
  const { classes, targets } = encoding;
  const outputs = Math.max(classes.length, targets.length);
  const writeTest = async () => {
    const written = await writeShards(store, keyOf('test'), test, outputs);
    checkTest(written.size, spec.split);
    return written;
  };
  return {
    shards: isSparse(encoding) ? 'sparse' : 'f32',
    inputShape: [encoding.inputs],
    ...(targets.length > 0
      ? { targets: targets.map(({ name }) => name) }
      : { classes: classes.length, classNames: [...classes] }),
    ...(spec.costMatrix === undefined ? {} : { costs: spec.costMatrix.map((row) => [...row]) }),
    encoding,
    splits: {
      train: await writeShards(store, keyOf('train'), train, outputs),
      test: await writeTest(),
    },
    badRows: badRows(),
  };
}
