/** The files of a batch on this machine. What can't be read of them stops nothing: its line says why. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_IMAGE_BYTES } from '../../functions/contract/data.ts';
import { batchLine } from '../../functions/schemas/documents.ts';
import { canonicalJson } from '../../functions/store/json.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { mapSomeAtOnce } from '../../functions/store/some-at-once.ts';

const IMAGE = /\.(png|jpe?g)$/i;
export const isImage = (name: string): boolean => IMAGE.test(name);

export interface BatchFile {
  /** What people call it: its path, as far as that is UTF-8. */
  item: string;
  path: string | Buffer;
  /** Why it can't be predicted. */
  error?: string;
}

/** The files at the paths, and the images in those that are folders, by name. */
export const findFiles = (paths: readonly string[]): BatchFile[] => paths.flatMap(filesAt);

function filesAt(path: string): BatchFile[] {
  try {
    if (!statSync(path).isDirectory()) return [{ item: path, path }];
    const images = readdirSync(path, { encoding: 'buffer' }).filter((name) => isImage(name.toString()));
    if (images.length === 0) throw new Error('there is no .png or .jpg in it');
    const place = Buffer.from(join(path, '/'));
    return images.sort(Buffer.compare).map((name) => ({
      item: join(path, name.toString()),
      path: Buffer.concat([place, name]),
    }));
  } catch (error) {
    return [{ item: path, path, error: reasonOf(error) }];
  }
}

/** Its key, by its place among the others: names are another matter in S3 than on a disk. */
export const keyOf = (prefix: string, index: number): string => prefix + String(index).padStart(6, '0');

/** Puts the files below the prefix; those that can't be read get their error instead. */
export const uploadFiles = (store: ObjectStore, prefix: string, files: readonly BatchFile[]) =>
  mapSomeAtOnce([...files.entries()], async ([index, file]) => {
    if (file.error !== undefined) return;
    let bytes: Uint8Array;
    try {
      bytes = read(file);
    } catch (error) {
      file.error = reasonOf(error);
      return;
    }
    await store.createImmutable(keyOf(prefix, index), bytes);
  });

function read({ path, item }: BatchFile): Uint8Array {
  const stat = statSync(path);
  // A pipe would keep us waiting.
  if (!stat.isFile()) throw new Error(stat.isDirectory() ? 'is a folder' : 'is no file');
  if (stat.size === 0) throw new Error('is empty');
  if (isImage(item) && stat.size > MAX_IMAGE_BYTES) {
    throw new Error(`got ${stat.size} bytes, expected at most ${MAX_IMAGE_BYTES}`);
  }
  return readFileSync(path);
}

/** Without the path at its end, which those before it have. */
const reasonOf = (error: unknown) => (error as Error).message.replace(/, \w+( '.*')?$/s, '');

/** The batch's lines with the files in place of their keys, and with those that were not uploaded. */
export function linesOf(predictions: string, prefix: string, files: readonly BatchFile[]): string {
  const lines = predictions.trimEnd().split('\n');
  const parsed = lines.map((line) => batchLine.parse(JSON.parse(line)));
  const byKey = new Map(parsed.map((line) => [line.item, line]));
  return files
    .map(({ item, error }, index) => ({ ...(byKey.get(keyOf(prefix, index)) ?? { error }), item }))
    .map((line) => `${canonicalJson(line)}\n`)
    .join('');
}
