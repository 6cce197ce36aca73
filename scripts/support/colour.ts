/**
 * Colours where a terminal takes them: nowhere else, nor where `NO_COLOR` is set (https://no-color.org); with `FORCE_COLOR`
 * everywhere. node:util knows these variables.
 */
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

let stream: NodeJS.WriteStream = process.stdout;

/** From here on, what is coloured goes to this stream. */
export function colourFor(target: NodeJS.WriteStream): void {
  stream = target;
}

export const colour = (style: Style, text: string, target = stream): string =>
  text === '' ? '' : styleText(style, text, { stream: target });

/** A table's lines with its head in bold, and other lines in the style that their row has. */
export const colourTable = (
  [head = '', ...rows]: readonly string[],
  styleOf: (row: number) => Style | undefined = () => undefined,
): string[] => [
  colour('bold', head),
  ...rows.map((line, row) => {
    const style = styleOf(row);
    return style === undefined ? line : colour(style, line);
  }),
];
