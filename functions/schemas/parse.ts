/** Parses what crosses a boundary, with errors that name the field, the value and what is allowed. */
import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { nearMiss } from './near-miss.ts';

const MAX_SHOWN = 80;
const MAX_SHOWN_DEPTH = 3;
/** More wrong fields, unknown names or known ones than this are not listed. */
const MAX_LISTED = 20;

/** @throws ConfigError with one clause per wrong field, e.g. `config.learningRate: got -1, expected a number above 0` */
export function parsePayload<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const clauses = result.error.issues.map((issue) => describeIssue(issue, what, schema));
  throw new ConfigError(listSome(clauses, '; '));
}

/** `pixels[3]`: a path as people write it. */
export function formatPath(path: readonly PropertyKey[], root = ''): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, root);
}

function describeIssue(issue: z.core.$ZodIssue, what: string, schema?: z.ZodType): string {
  const path = formatPath(issue.path, what);
  const branch = nearestBranch(issue);
  if (branch !== undefined)
    return listSome(
      branch.map((inner) => describeIssue(inner, path)),
      '; ',
    );
  if (issue.code === 'unrecognized_keys') {
    const isRoot = issue.path.length === 0 && schema !== undefined && 'shape' in schema;
    const known = isRoot ? Object.keys(schema.shape as object) : [];
    const names = listSome(issue.keys.map(shorten));
    return `${path}: unknown ${names}${known.length > 0 ? `, known are ${known.join(', ')}` : ''}`;
  }
  return `${path}: got ${shorten(inputOf(issue))}, ${expectation(issue)}`;
}

/**
 * Of a union without a discriminator the form that is meant: objects for objects, and of those the one that least would
 * have to be changed for. undefined when none is for such a value, or several are and the union says itself what it is of.
 */
function nearestBranch(issue: z.core.$ZodIssue): z.core.$ZodIssue[] | undefined {
  if (issue.code !== 'invalid_union' || !('errors' in issue)) return undefined;
  const isOtherType = ({ code, path }: z.core.$ZodIssue) => code === 'invalid_type' && path.length === 0;
  const [best, next] = issue.errors
    .filter((branch) => branch.length > 0 && !branch.some(isOtherType))
    .map((branch) => ({ branch, changes: changesFor(branch) }))
    .sort((a, b) => a.changes - b.changes);
  const isAmbiguous = next !== undefined && next.changes === best?.changes;
  return isAmbiguous && saysItself(issue) ? undefined : best?.branch;
}

/** A key that is a slip of a missing one is one change, not two. */
function changesFor(branch: z.core.$ZodIssue[]): number {
  const unknown = branch.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  const wrong = branch.filter(({ code }) => code !== 'unrecognized_keys');
  const missing = wrong.flatMap(({ path, input }) => (input === undefined ? [String(path[0])] : []));
  const slips = unknown.filter((key) => nearMiss(key, missing) !== undefined);
  return unknown.length + wrong.length - slips.length;
}

/** Whether a union has a message of its own, not zod's. */
const saysItself = ({ message }: z.core.$ZodIssue): boolean => message.startsWith('expected ');

/** What was given at the issue's path. */
function inputOf(issue: z.core.$ZodIssue): unknown {
  if (issue.code !== 'invalid_union' || issue.discriminator === undefined) return issue.input;
  // The path of a wrong discriminator is its own, the input the object around it.
  return (issue.input as Record<string, unknown>)[issue.discriminator];
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `expected ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `expected ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_value':
      return `expected ${oneOf(issue.values)}`;
    case 'invalid_type':
      return `expected ${issue.expected === 'int' ? 'an integer' : issue.expected}`;
    case 'invalid_union':
      if (saysItself(issue)) return issue.message;
      if (typesOf(issue) !== undefined) return `expected ${typesOf(issue)}`;
      return `expected ${'options' in issue ? oneOf(issue.options ?? []) : 'one of the allowed forms'}`;
    default:
      return issue.message;
  }
}

/** The types that a union is of, where it is of nothing else. */
function typesOf(issue: z.core.$ZodIssue): string | undefined {
  const branches = 'errors' in issue ? (issue.errors as z.core.$ZodIssue[][]) : [];
  const types = branches.map(([first]) =>
    first?.code === 'invalid_type' && first.path.length === 0 ? first.expected : undefined,
  );
  return types.length === 0 || types.includes(undefined) ? undefined : types.join(' or ');
}

const oneOf = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join(' or ');

const unit = (origin: string): string =>
  origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '';

function listSome(texts: readonly string[], separator = ', '): string {
  const more = texts.length - MAX_LISTED;
  return texts.slice(0, MAX_LISTED).join(separator) + (more > 0 ? `${separator}and ${more} more` : '');
}

/** A value as JSON writes it, cut to a readable length and depth: what is given may be megabytes, or nested deeply. */
export function shorten(value: unknown): string {
  const text = write(value, MAX_SHOWN_DEPTH);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function write(value: unknown, depth: number): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MAX_SHOWN));
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === 0) return '…';
  // An entry takes two characters at least.
  const most = MAX_SHOWN / 2;
  if (Array.isArray(value))
    return `[${value
      .slice(0, most)
      .map((entry) => write(entry, depth - 1))
      .join(',')}]`;
  const entries = Object.entries(value).slice(0, most);
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${write(entry, depth - 1)}`).join(',')}}`;
}

/** The message inside a Lambda error's cause, or the cause itself. */
export function readableCause(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) {
      return String(parsed.errorMessage);
    }
  } catch {
    // Not every cause is JSON: States.Timeout and the Fail state carry plain text, which is shown as it is.
  }
  return cause;
}
