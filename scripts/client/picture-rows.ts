/** Rows of pictures as they come, and the IDX files that they become, on this machine. */
import { closeSync, createReadStream, createWriteStream, openSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { idxHeader } from '../../core/ingest/idx.ts';
import { shapeOfForm } from '../../core/ingest/picture-row.ts';
import { hashed, type OwnFile } from './own-file.ts';
import type { Channels, Fitting } from './read-picture.ts';

/** A file that is ready to be uploaded. */
export interface IdxFile extends OwnFile {
  /** Of its content. */
  sha256: string;
}

/** Rows of one set, in grey and in colours until it is known which of both they are to be. */
export class PictureRows {
  readonly labels: number[] = [];
  /** Pictures that are not grey. */
  coloured = 0;
  readonly #form: Fitting;
  readonly #files: { channels: Channels; path: string; handle: number }[];

  /** @param channels of the rows that each picture has */
  constructor(path: string, form: Fitting, channels: readonly Channels[]) {
    this.#form = form;
    this.#files = channels.map((each) => {
      const file = `${path}.${each}`;
      return { channels: each, path: file, handle: openSync(file, 'w') };
    });
  }

  /** @param rows a picture's, by its channels */
  add(rows: readonly Uint8Array[], isColoured: boolean, label: number): void {
    for (const [index, { handle }] of this.#files.entries()) writeFileSync(handle, rows[index]!);
    this.labels.push(label);
    if (isColoured) this.coloured++;
  }

  close(): void {
    for (const { handle } of this.#files) closeSync(handle);
  }

  /** After `close`. @param folder that the files are written to @param name they begin with */
  async write(
    folder: string,
    name: string,
    channels: Channels,
  ): Promise<Record<'images' | 'labels', IdxFile>> {
    const shape = [this.labels.length, ...shapeOfForm({ ...this.#form, channels })];
    const rows = createReadStream(this.#files.find((file) => file.channels === channels)!.path);
    return {
      images: await writeIdx(join(folder, `${name}-images.gz`), shape, rows),
      labels: await writeIdx(
        join(folder, `${name}-labels.gz`),
        [this.labels.length],
        Readable.from([Uint8Array.from(this.labels)]),
      ),
    };
  }
}

async function writeIdx(
  path: string,
  shape: readonly number[],
  data: AsyncIterable<Uint8Array>,
): Promise<IdxFile> {
  let sha256 = '';
  async function* content() {
    yield idxHeader(shape);
    yield* data;
  }
  const source = hashed(content(), (digest) => {
    sha256 = digest;
  });
  await pipeline(source, createGzip(), createWriteStream(path));
  return { path, bytes: statSync(path).size, isGzip: true, sha256 };
}
