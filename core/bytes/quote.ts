/** What a file says, in errors about it: short, however long the file makes it, as messages end up in logs and states. */

const MAX_CHARACTERS = 80;
const MAX_LISTED = 32;

/** As it is, cut to a readable length. */
export function shorten(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

/** As JSON writes it, cut to a readable length. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

/** `"W1", "b1"`, the first of many */
export function quoteAll(texts: readonly string[]): string {
  return list(texts.slice(0, MAX_LISTED).map(quote), texts.length);
}

/** `[2, 3]` */
export function showShape(shape: readonly number[]): string {
  return `[${list(shape.slice(0, MAX_LISTED).map(String), shape.length)}]`;
}

function list(shown: readonly string[], count: number): string {
  return shown.join(', ') + (count > shown.length ? `, … (${count})` : '');
}
