/**
 * A mistake planted in a source file, as a change of its syntax tree: code is found by its structure, so neither spaces,
 * line breaks nor comments matter.
 */
import { parseSync } from 'rolldown/utils';

/** A change of one source file. */
export interface Change {
  /** Path in the repository. */
  file: string;
  /**
   * The code that is changed: one expression, statement, property or member of a class. It must be in the file, or in
   * `within`, exactly once.
   */
  find: string;
  /** What stands there instead; empty takes a statement or a property away. */
  replace: string;
  /** Name of the function, method, class or variable to look into, where the file has the code more than once. */
  within?: string;
}

interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

/** Parentheses say nothing that the tree doesn't. */
const PARSING = { preserveParens: false } as const;
/** Places of the code, and what says the same with or without it. */
const IGNORED = new Set(['start', 'end', 'range', 'loc', 'parent', 'raw']);

/**
 * @returns the source with the change in it
 * @throws Error when the code is not there exactly once, or the result is no TypeScript or the same as before
 */
export function applyChange(source: string, { file, find, replace, within }: Change): string {
  const root = parsed(source, file);
  const rooms = within === undefined ? [root] : nodesOf(root).filter((node) => nameOf(node) === within);
  if (rooms.length !== 1) throw new Error(`${file}: found ${rooms.length} times, expected once: ${within}`);
  const patterns = readings(find);
  const all = nodesOf(rooms[0]!).filter((node) => patterns.some((pattern) => isSame(node, pattern)));
  // A statement and its only expression are one place, and so are a property and its value in `{ value }`.
  const places = all.filter((node) => !all.some((other) => node !== other && covers(other, node)));
  if (places.length !== 1) throw new Error(`${file}: found ${places.length} times, expected once: ${find}`);
  const { type, start, end } = places[0]!;
  const rest = source.slice(end);
  const comma = type === 'Property' && replace === '' ? (/^\s*,/.exec(rest)?.[0].length ?? 0) : 0;
  const semicolon = source[end - 1] === ';' && /[^;}]$/.test(replace) ? ';' : '';
  const changed = source.slice(0, start) + replace + semicolon + rest.slice(comma);
  if (isSame(parsed(changed, file), root)) throw new Error(`${file}: the change changes nothing: ${find}`);
  return changed;
}

/** What the text may be, as a syntax tree: a statement, an expression, a property or a member of a class. */
function readings(text: string): Node[] {
  const wrapped: readonly [code: string, path: readonly string[]][] = [
    [`async function* f() {${text}}`, ['body', 'body']],
    [`async function* f() {(${text})}`, ['body', 'body', 'expression']],
    [`({${text}})`, ['expression', 'properties']],
    [`class C {${text}}`, ['body', 'body']],
  ];
  const nodes = wrapped.flatMap(([code, path]) => {
    const { program, errors } = parseSync('pattern.ts', code, PARSING);
    const only = (node: unknown, field: string) => {
      const below = (node as Record<string, unknown> | undefined)?.[field];
      return Array.isArray(below) ? (below.length === 1 ? below[0] : undefined) : below;
    };
    const node = errors.length > 0 ? undefined : ['body', ...path].reduce(only, program as unknown);
    return isNode(node) ? [node] : [];
  });
  if (nodes.length === 0) throw new Error(`neither an expression, a statement nor a property: ${text}`);
  return nodes;
}

function parsed(source: string, file: string): Node {
  const { program, errors } = parseSync(file, source, PARSING);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`);
  return program as unknown as Node;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** Whether all of `inner` is in `outer`, which is larger or, of two alike, the first that one meets. */
const covers = (outer: Node, inner: Node): boolean =>
  outer.start <= inner.start &&
  inner.end <= outer.end &&
  (outer.end - outer.start > inner.end - inner.start || outer.type === 'Property');

/** The node and all below it. */
function nodesOf(node: Node): Node[] {
  const below = Object.values(node).flatMap((value) => (Array.isArray(value) ? value : [value]));
  return [node, ...below.filter(isNode).flatMap(nodesOf)];
}

/** What a function, class or variable that `node` defines is called. */
function nameOf(node: Node): string | undefined {
  const isNamed = /^(FunctionDeclaration|ClassDeclaration|VariableDeclarator)$/.test(node.type);
  const id = isNamed ? node.id : /^(MethodDefinition|Property)$/.test(node.type) ? node.key : undefined;
  return isNode(id) ? ((id.name ?? id.value) as string | undefined) : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((one, i) => isSame(one, b[i]));
  if (typeof a !== 'object' || a === null) return a === b;
  if (typeof b !== 'object' || b === null) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)].filter((key) => !IGNORED.has(key)));
  return [...keys].every((key) => isSame(a[key as keyof typeof a], b[key as keyof typeof b]));
}
