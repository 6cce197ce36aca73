/** A file on this machine, read as a stream, and its place in the app's bucket. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, isAbsolute, join, relative } from 'node:path';
import { createGunzip } from 'node:zlib';
import { KEYS } from '../../functions/contract/keys.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { UsageError } from '../cli/arguments.ts';

const GZIP = Buffer.of(0x1f, 0x8b);

export interface OwnFile {
  path: string;
  bytes: number;
  isGzip: boolean;
}

/** npm runs commands in the project's folder; a path is meant from where somebody typed it. */
export const fromWhereOneIs = (path: string): string => {
  const { INIT_CWD = '.' } = process.env;
  if (isAbsolute(path)) return path;
  const there = join(INIT_CWD, path);
  return existsSync(there) || !existsSync(path) ? relative('.', there) || '.' : path;
};

/** @throws UsageError for a path where no file is, or an empty one */
export async function openOwn(option: string, given: string): Promise<OwnFile> {
  const path = fromWhereOneIs(given);
  let size: number;
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new Error(stat.isDirectory() ? 'is a folder, expected a file' : 'is no file');
    size = stat.size;
    if (size === 0) throw new Error('is empty');
  } catch (error) {
    throw new UsageError(`${option} ${given}: ${(error as Error).message}`, { cause: error });
  }
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return { path, bytes: size, isGzip: buffer.equals(GZIP) };
  } finally {
    await file.close();
  }
}

/** Its content, uncompressed. @param onBytes told of the bytes of the file that were read */
export async function* contentOf({ path, isGzip }: OwnFile, onBytes: (bytes: number) => void = () => {}) {
  const raw = createReadStream(path, { highWaterMark: 1024 * 1024 });
  raw.on('data', (chunk) => onBytes(chunk.length));
  const content = isGzip ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (error) => content.destroy(error));
  try {
    yield* content as AsyncIterable<Uint8Array>;
  } finally {
    raw.destroy();
  }
}

/** The first bytes of its content. */
export async function headOf(file: OwnFile, bytes: number): Promise<{ head: Uint8Array; isWhole: boolean }> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of contentOf(file)) {
    pieces.push(piece);
    length += piece.length;
    if (length >= bytes) return { head: Buffer.concat(pieces).subarray(0, bytes), isWhole: length === bytes };
  }
  return { head: Buffer.concat(pieces), isWhole: true };
}

/** Passes the bytes on and gives their SHA-256 at the end. */
export async function* hashed(chunks: AsyncIterable<Uint8Array>, done: (sha256: string) => void) {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  done(hash.digest('hex'));
}

/** Below the dataset's name, and by its content: what is there already need not come again. @param sha256 of the content */
export const ownKey = (dataset: string, { path, isGzip }: OwnFile, sha256: string): string =>
  `${KEYS.importsPrefix}${dataset}/${sha256.slice(0, 12)}${isGzip ? '-gz' : ''}/${basename(path).replaceAll(/[^\w.-]/g, '_')}`;

/** The digits of the content's SHA-256 in such a key; undefined for any other key. */
export const contentIn = (key: string): string | undefined =>
  /^imports\/[^/]+\/([0-9a-f]{12})(-gz)?\/[^/]+$/.exec(key)?.[1];

/** @returns whether it had to be uploaded */
export async function uploadOwn(store: ObjectStore, key: string, { path, bytes }: OwnFile): Promise<boolean> {
  if ((await store.size(key)) === bytes) return false;
  await store.delete(key);
  await store.createFromStream(key, createReadStream(path, { highWaterMark: 1024 * 1024 }));
  return true;
}
