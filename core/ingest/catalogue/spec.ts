/** What a dataset is: its files, how they are verified, and how they are read, one type per format. */
import type { PictureForm } from '../picture-row.ts';
import type { TableSchema } from '../table/schema.ts';
import type { SplitSchema } from '../table/split.ts';

export type Split = 'train' | 'test';

/** What is known of some bytes before they come. What isn't known is recorded when they are there. */
export interface Digest {
  bytes?: number;
  /** Lower-case hexadecimal. */
  sha256?: string;
}

/** A file, by what it is uncompressed. */
export interface SourceFile extends Digest {
  /** Name of the uncompressed file; mirrors serve `<name>.gz`. */
  name: string;
  /** The file as it is served. */
  compressed?: Digest;
  /** Where it is instead of on the mirrors: an http(s) URL, or a key in the bucket. Gzip or not shows in its bytes. */
  url?: string;
  key?: string;
}

export interface IdxFile extends SourceFile {
  split: Split;
  role: 'images' | 'labels';
}

export interface TableFile extends SourceFile {
  split: Split;
}

/** A tar file, and those of its members that are read. */
export interface ArchiveFile extends SourceFile {
  members: readonly ({ name: string; split: Split } & Digest)[];
}

interface SpecBase {
  name: string;
  /** What the classes are called, by number. */
  classNames?: readonly string[];
  /** Base URLs ending in /, https as downloads ask for, tried in order. */
  mirrors: readonly string[];
}

/** Files of bytes, images and labels of both splits. */
export interface IdxSpec extends SpecBase {
  format: 'idx';
  /** Shape of one sample; without it, what the images' file says. */
  inputShape?: readonly number[];
  /** Without it, one more than the largest label of the training set. */
  classes?: number;
  files: readonly IdxFile[];
  /** Where the files are of the training set alone, and the test set is dealt from their rows. */
  split?: SplitSchema;
  /** How its rows were made of pictures, which those that are predicted become in the same way; else they are digits. */
  pictures?: PictureForm;
  /** 1 for MNIST, whose manifest stays as it was before there were other datasets: runs are compared by its digest. */
  manifestVersion?: 1;
}

/** Records of a label's byte and a picture's, in planes of red, green and blue; as rows, they are as `pictures` says. */
export interface CifarSpec extends SpecBase {
  format: 'cifar';
  classes: number;
  pictures: PictureForm;
  files: readonly ArchiveFile[];
}

/** CSV with a declared schema. */
export interface CsvSpec extends SpecBase {
  format: 'csv';
  /** Several of a split are read one after the other. */
  files: readonly TableFile[];
  schema: TableSchema;
  /** Where the files are of the training set alone, and the test set is dealt from their rows. */
  split?: SplitSchema;
  /** Cost of predicting a class (column) for a sample of another (row). */
  costMatrix?: readonly (readonly number[])[];
}

export type DatasetSpec = IdxSpec | CifarSpec | CsvSpec;

/** An IDX dataset of which everything is known beforehand, such as MNIST. */
export interface VerifiedIdxSpec extends IdxSpec {
  inputShape: readonly number[];
  classes: number;
  files: readonly VerifiedIdxFile[];
}
export type VerifiedIdxFile = IdxFile & Required<Digest>;

/** Whether its manifest is of the first form, which takes a dataset of which everything is known. */
export function hasFirstManifest(spec: DatasetSpec): spec is VerifiedIdxSpec {
  return (
    spec.format === 'idx' &&
    spec.manifestVersion === 1 &&
    spec.inputShape !== undefined &&
    spec.classes !== undefined &&
    spec.files.every(({ bytes, sha256 }) => bytes !== undefined && sha256 !== undefined)
  );
}
