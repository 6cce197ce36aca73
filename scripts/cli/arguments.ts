/** Command lines: options, words, a job's config as a file and one flag a field, and numbers. */
import { readFileSync } from 'node:fs';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { z } from 'zod';
import {
  DEFAULT_JOB,
  type JobConfig,
  jobInputSchema,
  parseJobInput,
} from '../../functions/schemas/config.ts';
import { DEFAULT_HIDDEN } from '../../functions/schemas/layers.ts';
import { nearMiss } from '../../functions/schemas/near-miss.ts';
import { parsePayload } from '../../functions/schemas/parse.ts';
import { parseJson, RepeatedFieldError } from '../../functions/schemas/parse-json.ts';
import { runId } from '../../functions/schemas/parts.ts';

/** The command line is wrong: the message says what is allowed. Commands print it and exit with 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Values of a command's own options. */
export type Options<Own extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ allowPositionals: true; options: Own }>
>['values'];

/** Options that take a text, which may be left out. */
export const texts = <Name extends string>(...names: Name[]) =>
  Object.fromEntries(names.map((name) => [name, { type: 'string' }])) as Record<Name, { type: 'string' }>;

export const kebab = (field: string) => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Flag name → config field; `--learningRate` and `--learning-rate` are the same, as are `--promote` and `--promotion`. */
const CONFIG_FLAGS = new Map([
  ...Object.keys(jobInputSchema.shape).flatMap((field): [string, string][] => [
    [field, field],
    [kebab(field), field],
  ]),
  ['promote', 'promotion'],
]);

/** Every field of a job's config as a flag, with its default; docs/configuration.md says what each means. */
export function describeFields(): string {
  const defaults: Readonly<Record<string, unknown>> = { ...DEFAULT_JOB, hidden: DEFAULT_HIDDEN };
  const lines = Object.keys(jobInputSchema.shape).map((field) => {
    const value = defaults[field];
    const flag = `--${kebab(field)}`;
    return value === undefined ? `  ${flag}` : `  ${flag.padEnd(25)} ${JSON.stringify(value)}`;
  });
  return `Fields of the config, and what holds without them (docs/configuration.md says what each means):\n${lines.join('\n')}`;
}

/**
 * A job's config and a command's own options.
 *
 * @param own the command's, in node:util's form
 * @param takesFile whether a word is the config's file
 * @returns the state machine's input, which is only what the user gave, and the options
 * @throws UsageError for a word, an unknown flag, an unreadable config file or one that is no JSON object
 */
export function parseArguments<const Own extends ParseArgsOptionsConfig>(
  args: string[],
  own: Own,
  takesFile = false,
) {
  const all: ParseArgsOptionsConfig = { config: { type: 'string' }, ...own };
  for (const flag of CONFIG_FLAGS.keys()) all[flag] = { type: 'string' };
  const { words, options: values } = parseWords(args, all);
  const files = [...(takesFile ? words : []), ...(typeof values.config === 'string' ? [values.config] : [])];
  if (words.length > 0 && !takesFile) throw new UsageError(`got ${words[0]}, expected options alone`);
  if (files.length > 1) throw new UsageError(`got the configs ${files.join(' and ')}, expected one`);
  const input = files.length === 1 ? readConfigFile(files[0]!) : {};
  const options: Record<string, unknown> = {};
  for (const [flag, value] of Object.entries(values)) {
    const field = CONFIG_FLAGS.get(flag);
    if (field !== undefined) input[field] = parseValue(field, String(value));
    else if (flag !== 'config') options[flag] = value;
  }
  return { input, options: options as Options<Own> };
}

/**
 * Words and options of a command. As with node:util's `parseArgs`, but a number below zero is a value.
 *
 * @param own the command's options, in node:util's form
 * @throws UsageError for an option that is unknown, or has no value or one too much
 */
export function parseWords<const Own extends ParseArgsOptionsConfig>(args: string[], own: Own) {
  const options: ParseArgsOptionsConfig = own;
  const parsed = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  for (const token of parsed.tokens) {
    const problem = token.kind === 'option' ? problemOf(token, options) : undefined;
    if (problem !== undefined) throw new UsageError(problem);
  }
  return { words: parsed.positionals, options: parsed.values as Options<Own> };
}

function problemOf(
  {
    name,
    rawName,
    value,
    inlineValue,
  }: Record<'name' | 'rawName', string> & { value?: string; inlineValue?: boolean },
  known: ParseArgsOptionsConfig,
): string | undefined {
  if (!Object.hasOwn(known, name)) {
    const names = Object.keys(known).map((each) => `--${kebab(each)}`);
    const near = nearMiss(`--${kebab(name)}`, names);
    return `${rawName}: unknown, ${near === undefined ? '--help shows what there is' : `did you mean ${near}?`}`;
  }
  if (known[name]!.type === 'boolean') {
    return value === undefined ? undefined : `${rawName}: got ${value}, expected no value`;
  }
  if (value === undefined) return `${rawName}: expected a value`;
  if (inlineValue || !/^-(?!\.?\d)./.test(value)) return undefined;
  return `${rawName}: got ${value}, expected a value; one that begins with - is written ${rawName}=${value}`;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * A flag's text as JSON (`100`, `[784,50,10]`), as a number that JSON would write otherwise (`.1`), as the text itself
 * (`relu`) or as a list of numbers (`32,16`): the first of them that the field takes, so that a model may be called 2024.
 */
function parseValue(field: string, text: string): unknown {
  const readings: unknown[] = NUMBER.test(text) ? [Number(text), text] : [text];
  const numbers = text.split(',');
  if (numbers.every((each) => NUMBER.test(each))) readings.push(numbers.map(Number));
  try {
    readings.unshift(parseJson(text));
  } catch (error) {
    if (error instanceof RepeatedFieldError) throw new UsageError(`--${kebab(field)}: ${error.message}`);
    // The others are left.
  }
  const schema = jobInputSchema.shape[field as keyof typeof jobInputSchema.shape];
  const taken = readings.findIndex((reading) => schema.safeParse(reading).success);
  return readings[Math.max(0, taken)];
}

/** @throws UsageError when there is no such file, or no JSON object in it */
export function readConfigFile(path: string): Record<string, unknown> {
  const value: unknown = orUsageError(() => parseJson(textOf(readFileSync(path))), `--config ${path}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`--config ${path}: expected a JSON object of config fields`);
  }
  return { ...value };
}

/** As editors and shells save it: Windows' begin with a byte order mark, and may be UTF-16. */
const textOf = (bytes: Uint8Array): string =>
  new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);

/**
 * Checks the state machine's input before anything is started, with the same schema as its first state.
 *
 * @throws UsageError naming each wrong field, its value and what is allowed
 */
export const checkInput = (input: Record<string, unknown>): JobConfig =>
  orUsageError(() => parseJobInput(input));

/** @throws UsageError with the message of what `read` throws, after the name of what it reads */
export function orUsageError<T>(read: () => T, name?: string): T {
  try {
    return read();
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(name === undefined ? message : `${name}: ${message}`, { cause: error });
  }
}

/** A run's id, or another name, where one is given. @throws UsageError naming the option, its text and what is allowed */
export function checkName(option: string, text: string | undefined, allowed: z.ZodType = runId): void {
  if (text !== undefined) orUsageError(() => parsePayload(allowed, text, option));
}

/** @throws UsageError naming the option, its text and what is allowed */
export function wholeNumber(option: string, text: string, least: number, most = Infinity): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  const range = most === Infinity ? `from ${least}` : `from ${least} to ${most}`;
  throw new UsageError(`${option}: got ${JSON.stringify(text)}, expected a whole number ${range}`);
}
