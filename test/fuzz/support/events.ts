/** Payloads as a state machine passes them, some of whose fields are something else, missing, or too many. */
import fc from 'fast-check';
import { oddNumber, oddText } from './mutate.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const deep = JSON.parse('['.repeat(2000) + ']'.repeat(2000));
const prototype = JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":{}}}');

export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddNumber,
  oddText,
  fc.jsonValue(),
  fc.constantFrom(null, true, [], {}, deep, prototype, 'a'.repeat(64), '0'.repeat(64)),
  fc.constantFrom(
    new Array(3000).fill(0),
    Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`k${n}`, n])),
  ),
);

interface Edit {
  at: number;
  kind: number;
  value: unknown;
}
const edit: fc.Arbitrary<Edit> = fc.record({ at: fc.nat(10_000), kind: fc.nat(9), value: oddValue });

/** One of the events with some changes, as JSON carries them. */
export function changed(events: readonly unknown[], maxEdits = 2): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.constantFrom(...events), fc.array(edit, { maxLength: maxEdits }))
    .map(([event, edits]) =>
      asJson(edits.reduce((present, each) => apply(present as Json, each), asJson(event))),
    )
    .map((event) => event ?? null);
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null');

/** Every place in it: the object or list, and the key in it. */
function placesIn(value: Json, depth = 8): { holder: Record<string, Json>; key: string }[] {
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  return Object.keys(value)
    .slice(0, 60)
    .flatMap((key) => {
      const holder = value as Record<string, Json>;
      return [
        { holder, key },
        ...(key === '0' || !Array.isArray(value) ? placesIn(holder[key]!, depth - 1) : []),
      ];
    });
}

function apply(event: Json, { at, kind, value: given }: Edit): unknown {
  // Its own: a later change may be inside it.
  const value = asJson(given);
  const places = placesIn(event).slice(0, 400);
  if (places.length === 0 || at === 0) return value;
  const { holder, key } = places[at % places.length]!;
  if (kind === 0) delete holder[key];
  else if (kind === 1) holder[`${key}2`] = value as Json;
  else if (kind === 2) holder[key] = [holder[key]!];
  else if (kind === 3) holder[key] = JSON.stringify(holder[key]);
  else if (kind < 6 && typeof holder[key] === 'number') holder[key] += kind === 4 ? 1 : -1;
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
  return event;
}
