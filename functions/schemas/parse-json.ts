/** JSON that people write, in which no object may name a field twice: JSON.parse would take the last of them. */

/** The text is JSON, but says two things of one field. */
export class RepeatedFieldError extends SyntaxError {
  override readonly name = 'RepeatedFieldError';
  readonly field: string;

  constructor(field: string) {
    super(`${JSON.stringify(field)} stands there twice, expected once`);
    this.field = field;
  }
}

/** @throws SyntaxError for no JSON; RepeatedFieldError */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const repeated = repeatedField(text);
  if (repeated !== undefined) throw new RepeatedFieldError(repeated);
  return value;
}

/** @param text well-formed JSON */
function repeatedField(text: string): string | undefined {
  /** Names so far of the objects that are open, the innermost last. */
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{') open.push(new Set());
    else if (character === '}') open.pop();
    if (character !== '"') continue;
    const end = endOfString(text, at);
    if (isName(text, end + 1)) {
      const name = JSON.parse(text.slice(at, end + 1)) as string;
      if (open.at(-1)!.has(name)) return name;
      open.at(-1)!.add(name);
    }
    at = end;
  }
  return undefined;
}

/** Index of the quote that ends the string starting at `start`. */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** Whether a string that ends before `at` is a field's name: then a colon follows. */
function isName(text: string, at: number): boolean {
  let next = at;
  while (/\s/.test(text[next] ?? '')) next++;
  return text[next] === ':';
}
