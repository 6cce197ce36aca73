/** Rows of pictures as they come, and the IDX files that they become, on this machine. */
import { closeSync, createReadStream, createWriteStream, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { idxHeader } from '../../core/ingest/idx.ts';
import type { Picture } from '../../core/ingest/picture.ts';
import { type PictureForm, pictureRow, shapeOfForm } from '../../core/ingest/picture-row.ts';
import { hashed, type OwnFile } from './own-file.ts';

/** A file that is ready to be uploaded. */
export interface IdxFile extends OwnFile {
  /** Of its content. */
  sha256: string;
}

/** Colours that differ by less are grey: compression leaves a tint. */
const LEAST_COLOUR = 12;

type Channels = PictureForm['channels'];

/** Rows of one set, in grey and in colours until it is known which of both they are to be. */
export class PictureRows {
  readonly labels: number[] = [];
  /** Pictures that are not grey. */
  coloured = 0;
  readonly #form: Omit<PictureForm, 'channels'>;
  readonly #files: { channels: Channels; path: string; handle: number }[];

  /** @param channels undefined for both */
  constructor(path: string, form: Omit<PictureForm, 'channels'>, channels: Channels | undefined) {
    this.#form = form;
    this.#files = (channels === undefined ? ([1, 3] as const) : [channels]).map((each) => {
      const file = `${path}.${each}`;
      return { channels: each, path: file, handle: openSync(file, 'w') };
    });
  }

  add(picture: Picture, label: number): void {
    let isColoured = false;
    for (const { channels, handle } of this.#files) {
      const row = pictureRow(picture, { ...this.#form, channels });
      if (channels === 3) isColoured = hasColours(row);
      writeSync(handle, row);
    }
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

function hasColours(row: Uint8Array): boolean {
  for (let at = 0; at < row.length; at += 3) {
    const [red, green, blue] = [row[at]!, row[at + 1]!, row[at + 2]!];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) >= LEAST_COLOUR) return true;
  }
  return false;
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
