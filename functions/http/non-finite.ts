/** Finds NaN and infinities in what would be JSON (RFC 8259) without them, as some clients send it. */
import { formatPath } from '../schemas/parse.ts';
import { endOfString } from '../schemas/parse-json.ts';

const TOKENS = ['NaN', '-Infinity', 'Infinity'];
/** Stands in for the first such number while the text is parsed. */
const STAND_IN = '\u0000non-finite';
const MAX_DEPTH = 8;

/**
 * @param text what JSON.parse refused
 * @returns the first such number and the field that it stands in, e.g. `pixels[3]` ('' at the top); undefined when
 *   there is none, or when the text has other faults too
 */
export function findNonFinite(text: string): { token: string; field: string } | undefined {
  const pieces: string[] = [];
  let first: string | undefined;
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') i = endOfString(text, i);
    if (character !== 'N' && character !== 'I' && character !== '-') continue;
    const token = TOKENS.find((candidate) => text.startsWith(candidate, i));
    if (token === undefined) continue;
    pieces.push(text.slice(copied, i), first === undefined ? JSON.stringify(STAND_IN) : '0');
    first ??= token;
    copied = i + token.length;
    i = copied - 1;
  }
  if (first === undefined) return undefined;
  try {
    const path = findStandIn(JSON.parse(pieces.join('') + text.slice(copied)), MAX_DEPTH);
    return path === undefined ? undefined : { token: first, field: formatPath(path) };
  } catch {
    // No JSON even so: the parser's message on the text itself says more.
    return undefined;
  }
}

function findStandIn(value: unknown, depth: number): PropertyKey[] | undefined {
  if (value === STAND_IN) return [];
  if (typeof value !== 'object' || value === null || depth === 0) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const path = findStandIn(inner, depth - 1);
    if (path !== undefined) return [Array.isArray(value) ? Number(key) : key, ...path];
  }
  return undefined;
}
