/** Colours where a terminal takes them. */
import { styleText } from 'node:util';

/** The text in this style; unchanged where standard output is no terminal, or `NO_COLOR` is set (https://no-color.org). */
export const colour = (style: 'bold' | 'green' | 'red' | 'yellow' | 'dim', text: string): string =>
  styleText(style, text, { stream: process.stdout });
