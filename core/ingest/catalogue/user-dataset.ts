/** Datasets that a config brings along instead of naming one, and the spec that each stands for. */
import { ConfigError } from '../../errors.ts';
import { type PictureForm, shapeOfForm } from '../picture-row.ts';
import { type DeclaredValue, nameOf } from '../table/declared-value.ts';
import { checkTableSchema, type TableSchema } from '../table/schema.ts';
import type { SplitSchema } from '../table/split.ts';
import { type Catalogue, DATASETS, namedIn } from './datasets.ts';
import type { DatasetSpec, IdxSpec, SourceFile, Split } from './spec.ts';

/** Where a file is: one of both. */
export interface FileLocation {
  /** http(s). */
  url?: string;
  /** Of an object in the bucket. */
  key?: string;
  /** Of the uncompressed bytes; what is recorded of them is checked against it. */
  sha256?: string;
}

/** Files of bytes as MNIST's; without files of a test set, a share of the rows is one. */
export interface IdxDataset {
  name: string;
  format: 'idx';
  files: { train: IdxLocations; test?: IdxLocations };
  split?: SplitSchema;
  classNames?: readonly DeclaredValue[];
  pictures?: PictureForm;
}

export type IdxLocations = Record<'images' | 'labels', FileLocation>;

/** CSV, each split of one or more files; without files of a test set, a share of the rows is one. */
export interface CsvDataset extends TableSchema {
  name: string;
  format: 'csv';
  train: readonly FileLocation[];
  test?: readonly FileLocation[];
  split?: SplitSchema;
}

/** Files in the form of a dataset that goes by a name, from elsewhere, with other content. */
export interface DatasetLike {
  name: string;
  /** The other dataset's name. */
  like: string;
  /** Base URL ending in /, which serves the files under their names there. */
  from: string;
}

export type UserDataset = IdxDataset | CsvDataset | DatasetLike;

/** What a config's `dataset` goes by in keys and messages. */
export const datasetName = (dataset: string | UserDataset): string =>
  typeof dataset === 'string' ? dataset : dataset.name;

/**
 * The spec of a config's `dataset`, be it a name or a declaration. What each field may be by itself is its schema's to
 * check (functions/schemas/dataset.ts).
 *
 * @throws ConfigError naming the field, its value and what is allowed
 */
export function specOf(dataset: string | UserDataset, catalogue: Catalogue = DATASETS): DatasetSpec {
  if (typeof dataset === 'string') return namedIn(catalogue, dataset);
  const { name } = dataset;
  // Its objects are those of the name.
  if (catalogue.has(name)) fail('name', JSON.stringify(name), 'another one than the catalogue has');
  if ('like' in dataset) return likeAnother(dataset, catalogue);
  return dataset.format === 'idx' ? idxSpec(dataset) : csvSpec(dataset);
}

/** The other one's without what is known of its files. */
function likeAnother({ name, like, from }: DatasetLike, catalogue: Catalogue): DatasetSpec {
  const unknown = { bytes: undefined, sha256: undefined, compressed: undefined };
  const base = { name, mirrors: [from] };
  const spec = namedIn(catalogue, like);
  switch (spec.format) {
    case 'idx':
      return { ...spec, ...base, files: spec.files.map((file) => ({ ...file, ...unknown })) };
    case 'csv':
      return { ...spec, ...base, files: spec.files.map((file) => ({ ...file, ...unknown })) };
    case 'cifar': {
      const files = spec.files.map((file) => ({
        ...file,
        ...unknown,
        members: file.members.map((member) => ({ name: member.name, split: member.split })),
      }));
      return { ...spec, ...base, files };
    }
  }
}

function idxSpec({ name, files, split, classNames, pictures }: IdxDataset): IdxSpec {
  checkTest('files.test', files.test, split);
  const roles = ['images', 'labels'] as const;
  const splits = (['train', 'test'] as const).filter((each) => files[each] !== undefined);
  return {
    name,
    format: 'idx',
    classNames: classNames?.map((label) => nameOf(label)),
    classes: classNames?.length,
    ...(pictures === undefined ? {} : { pictures, inputShape: shapeOfForm(pictures) }),
    mirrors: [],
    ...(split === undefined ? {} : { split }),
    files: splits.flatMap((each) =>
      roles.map((role) => ({
        ...located(`${each}-${role}`, `files.${each}.${role}`, files[each]![role]),
        split: each,
        role,
      })),
    ),
  };
}

function checkTest(field: string, test: unknown, split: SplitSchema | undefined): void {
  if ((test === undefined) !== (split === undefined)) return;
  fail(field, test === undefined ? 'neither test nor split' : 'both test and split', 'one of them');
}

function csvSpec({ name, format, train, test, split, ...schema }: CsvDataset): DatasetSpec {
  checkTest('test', test, split);
  checkTableSchema(schema);
  const { classes } = schema.label ?? {};
  return {
    name,
    format,
    classNames: classes?.map((label) => nameOf(label, schema.decimal)),
    mirrors: [],
    schema,
    ...(split === undefined ? {} : { split }),
    files: [...filesOf('train', train), ...filesOf('test', test ?? [])],
  };
}

function filesOf(split: Split, locations: readonly FileLocation[]) {
  return locations.map((location, index) => ({
    ...located(`${split}-${String(index).padStart(4, '0')}.csv`, `${split}[${index}]`, location),
    split,
  }));
}

function located(name: string, field: string, { url, key, sha256 }: FileLocation): SourceFile {
  if ((url === undefined) === (key === undefined)) {
    fail(field, url === undefined ? 'neither url nor key' : 'both url and key', 'one of them');
  }
  return { name, url, key, sha256 };
}

function fail(field: string, got: string, expected: string): never {
  throw new ConfigError(`dataset.${field}: got ${got}, expected ${expected}`);
}
