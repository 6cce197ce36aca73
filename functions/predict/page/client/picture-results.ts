/** Several pictures at once: what each of them is, in a table. */

import { normalizeDigit } from '../../../../core/ingest/normalize-digit.ts';
import type { PictureForm } from '../../../../core/ingest/picture-row.ts';
import { type Guess, postPicture } from './api.ts';
import { button, byId, type Column, create, itemsTable, note, numberColumn } from './dom.ts';
import { pixelsOf } from './drawing.ts';
import { ABSENT, formatShare } from './format.ts';
import type { MapsView } from './maps-view.ts';
import { greyOrColoured, inkPicture, signedPicture } from './pictures.ts';

/** At once; more would keep the page from answering. */
const MAX_PICTURES = 200;

interface Line {
  file: string;
  /** As the network sees it. */
  seen?: HTMLElement;
  /** What speaks for and against the answer. */
  reasons?: HTMLElement;
  /** Shows what the first layer sees of it. */
  showMaps?: () => void;
  guess?: Guess;
  /** Why there is no guess. */
  error?: string;
}

/** @param predict asked once, about all that could be read as digits */
export async function showDigits(
  files: readonly File[],
  predict: (images: readonly Uint8Array[]) => Promise<readonly Guess[]>,
): Promise<void> {
  await show(files, async (chosen) => {
    const lines: (Line & { pixels?: Uint8Array })[] = [];
    for (const file of chosen) lines.push(await readLine(file));
    const read = lines.filter(({ pixels }) => pixels !== undefined);
    const guesses = read.length === 0 ? [] : await predict(read.map(({ pixels }) => pixels!));
    for (const [index, line] of read.entries()) line.guess = guesses[index]!;
    return lines;
  });
}

/** Of a model of such pictures, which the API makes of the files. The first one's maps are shown, or another one's. */
export async function showOwn(
  files: readonly File[],
  model: string,
  form: PictureForm,
  maps: MapsView,
): Promise<void> {
  await show(
    files,
    async (chosen) => {
      const lines: Line[] = [];
      for (const file of chosen) {
        const { name } = file;
        try {
          const guess = await postPicture(model, file);
          const pixels = guess.pixels!;
          const seen = greyOrColoured(pixels, form, `${name} as ${form.width} by ${form.height} pixels`);
          const reasons = signedPicture(
            guess.explanation,
            form,
            `What speaks for and against the answer in ${name}`,
          );
          const showMaps = () => void maps.show({ pixels, of: name, version: guess.version });
          if (!lines.some(({ showMaps: shown }) => shown)) showMaps();
          lines.push({ file: name, guess, seen, reasons, showMaps });
        } catch (error) {
          lines.push({ file: name, error: (error as Error).message });
        }
      }
      return lines;
    },
    [
      { name: 'Why', cell: ({ reasons }) => reasons ?? ABSENT },
      ...((await maps.hasFilters())
        ? [
            {
              name: 'Maps',
              cell: ({ file, showMaps }: Line) =>
                showMaps ? button('Show', showMaps, { 'aria-label': `Show the maps of ${file}` }) : ABSENT,
            },
          ]
        : []),
    ],
  );
}

async function show(
  files: readonly File[],
  ask: (chosen: readonly File[]) => Promise<Line[]>,
  more: readonly Column<Line>[] = [],
): Promise<void> {
  const place = byId('picture-results', HTMLElement);
  place.replaceChildren(note(`Reading ${files.length} pictures…`));
  const lines = await ask(files.slice(0, MAX_PICTURES));
  const table = itemsTable(lines, [
    { name: 'Picture', cell: ({ file }) => file },
    { name: 'Seen as', cell: ({ seen }) => seen ?? ABSENT },
    {
      name: 'Answer',
      cell: ({ guess, error }) => (guess ? (guess.className ?? String(guess.class)) : error!),
    },
    numberColumn('Probability', ({ guess }) => formatShare(guess?.probabilities[guess.class])),
    ...more,
  ]);
  const rest = files.length - lines.length;
  place.replaceChildren(
    create('h2', {}, lines.length === 1 ? '1 picture' : `${lines.length} pictures`),
    table,
    ...(more.length > 0 ? [note('Why: blue pixels speak for the answer, orange ones against it.')] : []),
    ...(rest > 0 ? [note(`${rest} more were left out: at most ${MAX_PICTURES} are read at once.`)] : []),
  );
}

async function readLine(file: File): Promise<Line & { pixels?: Uint8Array }> {
  try {
    const { width, height, data } = pixelsOf(await createImageBitmap(file));
    const picture = { width, height, channels: 4 as const, data: new Uint8Array(data.buffer) };
    const pixels = normalizeDigit(picture);
    return { file: file.name, pixels, seen: inkPicture(pixels, `${file.name} as 28 by 28 pixels`) };
  } catch (error) {
    const isDecoded = error instanceof Error && !(error instanceof DOMException);
    const why = isDecoded ? error.message : 'expected an image that this browser can read';
    return { file: file.name, error: why };
  }
}
