/** What pictures of these sizes become, where nobody says it. */
import { FITS, type PictureForm } from '../../core/ingest/picture-row.ts';
import { UsageError } from '../cli/arguments.ts';

export interface Size {
  width: number;
  height: number;
}

/** What somebody said, as text. */
export interface FormChoice {
  size?: string;
  channels?: string;
  fit?: string;
}

/** Pixels of pictures that stay as they are: a dense network has a weight for each of them and each unit. */
const MOST_PIXELS = 64 * 64;
/** Longer side of others. */
const SIDE = 32;
const MAX_SIDE = 4096;

/**
 * @param sizes of all pictures
 * @returns the form, in colours where nobody says it, and why it is so
 * @throws UsageError for an option that isn't one
 */
export function chooseForm(
  sizes: readonly Size[],
  { size, channels, fit }: FormChoice,
): { form: PictureForm; reason: string } {
  const common = { channels: readChannels(channels), fit: readFit(fit) };
  const [first] = sizes as [Size];
  const isOne = sizes.every(({ width, height }) => width === first.width && height === first.height);
  const how = common.fit === 'crop' ? 'the middle of each, resized' : 'each stretched';
  if (size !== undefined) {
    return { form: { ...readSize(size), ...common }, reason: `as you say${isOne ? '' : `; ${how}`}` };
  }
  if (!isOne) {
    return { form: { height: SIDE, width: SIDE, ...common }, reason: `sizes differ: ${how}` };
  }
  if (first.width * first.height <= MOST_PIXELS)
    return { form: { ...first, ...common }, reason: 'as they are' };
  const scale = SIDE / Math.max(first.width, first.height);
  const scaled = (side: number) => Math.max(1, Math.round(side * scale));
  return {
    form: { height: scaled(first.height), width: scaled(first.width), ...common },
    reason: `resized, all are ${first.width}×${first.height}`,
  };
}

function readSize(text: string): Size {
  const [, width = 0, height = 0] = (/^(\d+)[x×](\d+)$/i.exec(text) ?? []).map(Number);
  const isSide = (side: number) => side >= 1 && side <= MAX_SIDE;
  if (isSide(width) && isSide(height)) return { width, height };
  throw new UsageError(`--size: got ${text}, expected WIDTHxHEIGHT in pixels, such as 28x28`);
}

function readChannels(text = '3'): 1 | 3 {
  if (text === '1') return 1;
  if (text === '3') return 3;
  throw new UsageError(`--channels: got ${text}, expected 1, for grey, or 3, for colours`);
}

function readFit(text = 'crop'): PictureForm['fit'] {
  const fit = FITS.find((each) => each === text);
  if (fit !== undefined) return fit;
  throw new UsageError(`--fit: got ${text}, expected ${FITS.join(' or ')}`);
}
