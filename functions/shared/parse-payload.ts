/** Parses what crosses a boundary, with errors that name the field, the value and what is allowed. */
import type { z } from 'zod';
import { ConfigError } from './errors.ts';

const MAX_SHOWN = 80;

/** @throws ConfigError with one clause per wrong field, e.g. `config.learningRate: got -1, expected a number above 0` */
export function parsePayload<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => describeIssue(issue, what, schema)).join('; '));
}

/** `pixels[3]`: a path as people write it. */
export function formatPath(path: readonly PropertyKey[], root = ''): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, root);
}

function describeIssue(issue: z.core.$ZodIssue, what: string, schema: z.ZodType): string {
  const path = formatPath(issue.path, what);
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => JSON.stringify(key)).join(', ');
    const known = issue.path.length === 0 && 'shape' in schema ? Object.keys(schema.shape as object) : [];
    return `${path}: unknown ${names}${known.length > 0 ? `, known are ${known.join(', ')}` : ''}`;
  }
  return `${path}: got ${show(issue.input)}, ${expectation(issue)}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `expected ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `expected ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_value':
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'invalid_type':
      return `expected ${issue.expected}`;
    case 'invalid_union':
      return 'expected one of the allowed forms';
    default:
      return issue.message;
  }
}

const unit = (origin: string): string =>
  origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '';

function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
