import { distance } from 'fastest-levenshtein';

/** The known name that this one is a slip of. */
export const nearMiss = (name: string, known: readonly string[]): string | undefined =>
  known
    .map((each) => ({ each, slips: distance(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, slips }) => slips <= (each.length < 4 ? 1 : Math.max(2, Math.floor(each.length / 3))))
    .sort((a, b) => a.slips - b.slips)[0]?.each;

/** What is said of a name that is not known: the known one that it is a slip of, else all of them. */
export function unknownName(name: string, known: readonly string[]): string {
  const near = nearMiss(name, known);
  if (near !== undefined) return `unknown, did you mean ${near}?`;
  return known.length === 0 ? 'unknown, none is known here' : `unknown, known are ${known.join(', ')}`;
}
