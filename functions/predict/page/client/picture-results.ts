/** Several pictures at once: what each of them is, in a table. */
import { normalizeDigit } from '../../../../core/ingest/normalize-digit.ts';
import type { Guess } from './api.ts';
import { byId, create, itemsTable, note, numberColumn } from './dom.ts';
import { pixelsOf } from './drawing.ts';
import { formatShare } from './format.ts';
import { inkPicture } from './pictures.ts';

/** At once; more would keep the page from answering. */
const MAX_PICTURES = 200;

interface Line {
  file: string;
  pixels?: Uint8Array;
  guess?: Guess;
  /** Why there is no guess. */
  error?: string;
}

/** @param predict asked once, about all that could be read */
export async function showPictures(
  files: readonly File[],
  predict: (images: readonly Uint8Array[]) => Promise<readonly Guess[]>,
): Promise<void> {
  const place = byId('picture-results', HTMLElement);
  place.replaceChildren(note(`Reading ${files.length} pictures…`));
  const lines: Line[] = [];
  for (const file of files.slice(0, MAX_PICTURES)) lines.push(await readLine(file));
  const read = lines.filter(({ pixels }) => pixels !== undefined);
  const guesses = read.length === 0 ? [] : await predict(read.map(({ pixels }) => pixels!));
  for (const [index, line] of read.entries()) line.guess = guesses[index]!;
  const table = itemsTable(lines, [
    { name: 'Picture', cell: ({ file }) => file },
    {
      name: 'Seen as',
      cell: ({ pixels, file }) => (pixels ? inkPicture(pixels, `${file} as 28 by 28 pixels`) : '–'),
    },
    {
      name: 'Answer',
      cell: ({ guess, error }) => (guess ? (guess.className ?? String(guess.class)) : error!),
    },
    numberColumn('Probability', ({ guess }) => formatShare(guess?.probabilities[guess.class])),
  ]);
  const rest = files.length - lines.length;
  place.replaceChildren(
    create('h2', {}, `${lines.length} pictures`),
    table,
    ...(rest > 0 ? [note(`${rest} more were left out: at most ${MAX_PICTURES} are read at once.`)] : []),
  );
}

async function readLine(file: File): Promise<Line> {
  try {
    const { width, height, data } = pixelsOf(await createImageBitmap(file));
    const picture = { width, height, channels: 4 as const, data: new Uint8Array(data.buffer) };
    return { file: file.name, pixels: normalizeDigit(picture) };
  } catch (error) {
    const isDecoded = error instanceof Error && !(error instanceof DOMException);
    const why = isDecoded ? error.message : 'expected an image that this browser can read';
    return { file: file.name, error: why };
  }
}
