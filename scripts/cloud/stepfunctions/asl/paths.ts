/**
 * JSONPath as Step Functions reads it: names, indexes, slices and wildcards. Filters, descents and unions are refused
 * when a state machine is created.
 */
import { Mistake } from './failure.ts';

type Segment =
  | { kind: 'name'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'slice'; from: number | undefined; to: number | undefined }
  | { kind: 'all' };

export interface Path {
  text: string;
  /** Whether it goes into the context object. */
  isContext: boolean;
  segments: readonly Segment[];
  /** Whether it leads to one value; otherwise it gives the array of those that are there. */
  isDefinite: boolean;
}

/** After a dot: a wildcard or a name. */
const DOT = /\.(?:(\*)|([^\s.[\]()'"@?*,:]+))/y;
const BRACKET = /\[(?:(\*)|'([^'\\]*)'|"([^"\\]*)"|(-?\d+)|(-?\d*):(-?\d*))\]/y;

const parsed = new Map<string, Path>();

/** @throws Mistake when it is no path that can be followed here */
export function parsePath(text: string): Path {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const path = parse(text);
  parsed.set(text, path);
  return path;
}

function parse(text: string): Path {
  if (!text.startsWith('$')) throw new Mistake(`${JSON.stringify(text)} is no path: it begins with no $`);
  const isContext = text.startsWith('$$');
  const segments: Segment[] = [];
  let at = isContext ? 2 : 1;
  while (at < text.length) {
    const pattern = text[at] === '.' ? DOT : BRACKET;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) {
      throw new Mistake(`${JSON.stringify(text)} is no path of names, indexes, slices and wildcards`);
    }
    segments.push(pattern === DOT ? dotted(match) : bracketed(match));
    at = pattern.lastIndex;
  }
  const isDefinite = segments.every(({ kind }) => kind === 'name' || kind === 'index');
  return { text, isContext, segments, isDefinite };
}

const dotted = ([, all, name]: RegExpExecArray): Segment =>
  all === undefined ? { kind: 'name', name: name! } : { kind: 'all' };

function bracketed([, all, single, double, index, from, to]: RegExpExecArray): Segment {
  if (all !== undefined) return { kind: 'all' };
  const name = single ?? double;
  if (name !== undefined) return { kind: 'name', name };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  const bound = (digits: string | undefined) => (digits === '' ? undefined : Number(digits));
  return { kind: 'slice', from: bound(from), to: bound(to) };
}

/** What the path leads to, and whether it leads anywhere. */
export function lookUp(path: Path, root: unknown): { value: unknown; missing?: string } {
  let values = [root];
  for (const [depth, segment] of path.segments.entries()) {
    const next = values.flatMap((value) => step(segment, value));
    if (next.length === 0 && path.isDefinite) return { value: undefined, missing: whyMissing(path, depth) };
    values = next;
  }
  return { value: path.isDefinite ? values[0] : values };
}

/** @throws Mistake when a definite path leads nowhere */
export function follow(path: Path, root: unknown): unknown {
  const { value, missing } = lookUp(path, root);
  if (missing !== undefined) throw new Mistake(`Invalid path '${path.text}' : ${missing}`);
  return value;
}

function step(segment: Segment, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  switch (segment.kind) {
    case 'all':
      return Object.values(value);
    case 'name':
      // A list has no names: not even a length.
      return !Array.isArray(value) && Object.hasOwn(value, segment.name)
        ? [(value as Record<string, unknown>)[segment.name]]
        : [];
    case 'index': {
      if (!Array.isArray(value)) return [];
      const index = segment.index < 0 ? value.length + segment.index : segment.index;
      return index >= 0 && index < value.length ? [value[index]] : [];
    }
    case 'slice':
      return Array.isArray(value) ? value.slice(segment.from, segment.to) : [];
  }
}

const written = (segments: readonly Segment[]): string =>
  `$${segments.map((part) => (part.kind === 'name' ? `['${part.name}']` : `[${(part as { index: number }).index}]`)).join('')}`;

const whyMissing = ({ segments }: Path, depth: number): string =>
  depth === segments.length - 1
    ? `No results for path: ${written(segments)}`
    : `Missing property in path ${written(segments.slice(0, depth + 1))}`;

/**
 * The input with a value at the path, as ResultPath puts it there. The input stays as it is.
 *
 * @throws Mistake where the input has no room for it
 */
export function placed(path: Path, input: unknown, value: unknown): unknown {
  const put = (target: unknown, depth: number): unknown => {
    if (depth === path.segments.length) return value;
    const segment = path.segments[depth]!;
    if (segment.kind === 'name' && isPlain(target)) {
      const inner = Object.hasOwn(target, segment.name) ? target[segment.name] : {};
      return { ...target, [segment.name]: put(inner, depth + 1) };
    }
    const hasIndex = segment.kind === 'index' && Array.isArray(target) && segment.index in target;
    if (!hasIndex) {
      throw new Mistake(
        `Unable to apply ReferencePath ${path.text} to input ${JSON.stringify(input)}`,
        'States.ResultPathMatchFailure',
      );
    }
    return target.with(segment.index, put(target[segment.index], depth + 1));
  };
  return put(input, 0);
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
