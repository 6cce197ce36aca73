/** A picture file as rows of a dataset. */
import { readFileSync } from 'node:fs';
import { type PictureForm, pictureRow } from '../../core/ingest/picture-row.ts';
import { decodeImage } from '../../functions/images/decode-image.ts';
import { ImageError } from '../../functions/images/image-error.ts';

export type Channels = PictureForm['channels'];
export type Fitting = Omit<PictureForm, 'channels'>;

export interface PictureJob {
  path: string;
  form: Fitting;
  /** A row for each. */
  channels: readonly Channels[];
}

export type PictureResult =
  | {
      /** By the job's channels. */
      rows: Uint8Array[];
      /** Whether a row of three channels is more than grey. */
      isColoured: boolean;
    }
  /** Why it can't be read. */
  | { problem: string };

/** Colours that differ by less are grey: compression leaves a tint. */
const LEAST_COLOUR = 12;

export function readPicture({ path, form, channels }: PictureJob): PictureResult {
  try {
    const picture = decodeImage(readFileSync(path));
    const rows = channels.map((each) => pictureRow(picture, { ...form, channels: each }));
    return { rows, isColoured: rows.some((row, index) => channels[index] === 3 && hasColours(row)) };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { problem: error.message };
  }
}

function hasColours(row: Uint8Array): boolean {
  for (let at = 0; at < row.length; at += 3) {
    const [red, green, blue] = [row[at]!, row[at + 1]!, row[at + 2]!];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) >= LEAST_COLOUR) return true;
  }
  return false;
}
