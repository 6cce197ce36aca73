/** Where a dataset's files come from, and where they stand in the bucket. */
import { type Catalogue, DATASETS } from '../../core/ingest/catalogue/datasets.ts';
import type { DatasetSpec, SourceFile } from '../../core/ingest/catalogue/spec.ts';
import { KEYS } from '../contract/keys.ts';
import type { FileSource } from '../schemas/payloads.ts';
import { canonicalJson } from '../store/json.ts';
import { sha256 } from '../store/sha256.ts';

/** Enough of a digest to tell the sources or definitions of one name apart. */
const DIGITS = 12;
export const shortDigest = (value: unknown): string => sha256(canonicalJson(value)).slice(0, DIGITS);

/** Where a file is that the catalogue doesn't know; undefined for one that it does. */
export function sourceOf(
  spec: DatasetSpec,
  file: SourceFile,
  catalogue: Catalogue = DATASETS,
): FileSource | undefined {
  if (catalogue.has(spec.name)) return undefined;
  const { url, key, sha256 } = file;
  if (url === undefined && key === undefined) return { url: `${spec.mirrors[0]}${file.name}.gz` };
  return {
    ...(url === undefined ? {} : { url }),
    ...(key === undefined ? {} : { key }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/**
 * Key of the uncompressed file. Its place is part of it: what a dataset was declared with before, and never became one,
 * is not taken for what it is declared with now.
 */
export function sourceKey(dataset: string, file: string, source: FileSource | undefined): string {
  return KEYS.source(dataset, source === undefined ? file : `${shortDigest(source)}-${file}`);
}

/** SHA-256 of what a dataset is declared as. One of the catalogue is the same from whatever mirror. */
export function definitionOf({ mirrors, ...spec }: DatasetSpec, catalogue: Catalogue = DATASETS): string {
  return sha256(canonicalJson(catalogue.has(spec.name) ? spec : { ...spec, mirrors }));
}
