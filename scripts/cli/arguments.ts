/** Command lines: options, words, a job's config as a file and one flag a field, and numbers. */
import { readFileSync } from 'node:fs';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { z } from 'zod';
import { type JobConfig, jobConfigSchema } from '../../functions/schemas/config.ts';
import { nearMiss } from '../../functions/schemas/near-miss.ts';
import { parsePayload } from '../../functions/schemas/parse.ts';
import { runId } from '../../functions/schemas/parts.ts';

/** The command line is wrong: the message says what is allowed. Commands print it and exit with 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Values of a command's own options. */
export type Options<Own extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ allowPositionals: true; options: Own }>
>['values'];

const kebab = (field: string) => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Flag name → config field; `--learningRate` and `--learning-rate` are the same. */
const CONFIG_FLAGS = new Map(
  Object.keys(jobConfigSchema.shape).flatMap((field) => [
    [field, field],
    [kebab(field), field],
  ]),
);

/**
 * A job's config and a command's own options.
 *
 * @param own the command's, in node:util's form
 * @returns the state machine's input, which is only what the user gave, and the options
 * @throws UsageError for a word, an unknown flag, an unreadable config file or one that is no JSON object
 */
export function parseArguments<const Own extends ParseArgsOptionsConfig>(args: string[], own: Own) {
  const all: ParseArgsOptionsConfig = { config: { type: 'string' }, ...own };
  for (const flag of CONFIG_FLAGS.keys()) all[flag] = { type: 'string' };
  const { values } = parse(args, all, false);
  const input = typeof values.config === 'string' ? readConfigFile(values.config) : {};
  const options: Record<string, unknown> = {};
  for (const [flag, value] of Object.entries(values)) {
    const field = CONFIG_FLAGS.get(flag);
    if (field !== undefined) input[field] = parseValue(field, String(value));
    else if (flag !== 'config') options[flag] = value;
  }
  return { input, options: options as Options<Own> };
}

/**
 * Like node:util's `parseArgs`, but what begins with a minus and is a number is an option's value.
 *
 * @throws UsageError naming the option and what is allowed
 */
function parse(args: string[], options: ParseArgsOptionsConfig, takesWords: boolean) {
  const { values, positionals, tokens } = parseArgs({
    ...{ args, options, strict: false, allowPositionals: true, tokens: true },
  });
  for (const token of tokens) {
    if (token.kind === 'option') checkOption(token, options);
    else if (token.kind === 'positional' && !takesWords) {
      throw new UsageError(`got ${token.value}, expected options alone`);
    }
  }
  return { values, positionals };
}

interface OptionToken {
  name: string;
  rawName: string;
  value: string | undefined;
  inlineValue: boolean | undefined;
}

function checkOption({ name, rawName, value, inlineValue }: OptionToken, known: ParseArgsOptionsConfig) {
  const refuse = (why: string): never => {
    throw new UsageError(`${rawName}: ${why}`);
  };
  if (!Object.hasOwn(known, name)) {
    const names = Object.keys(known).map((each) => `--${kebab(each)}`);
    const near = nearMiss(`--${kebab(name)}`, names);
    refuse(`unknown, ${near === undefined ? '--help shows what there is' : `did you mean ${near}?`}`);
  }
  if (known[name]!.type === 'boolean')
    return value === undefined || refuse(`got ${value}, expected no value`);
  if (value === undefined) return refuse('expected a value');
  if (inlineValue || !/^-(?!\.?\d)./.test(value)) return true;
  return refuse(`got ${value}, expected a value; one that begins with - is written ${rawName}=${value}`);
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * A flag's text as JSON (`100`, `[784,50,10]`), as a number that JSON would write otherwise (`.1`) or as the text itself
 * (`relu`): the first of them that the field takes, so that a model may be called 2024.
 */
function parseValue(field: string, text: string): unknown {
  const readings: unknown[] = NUMBER.test(text) ? [Number(text), text] : [text];
  try {
    readings.unshift(JSON.parse(text));
  } catch {
    // The others are left.
  }
  const schema = jobConfigSchema.shape[field as keyof JobConfig];
  return readings[
    Math.max(
      0,
      readings.findIndex((reading) => schema.safeParse(reading).success),
    )
  ];
}

/** @throws UsageError when there is no such file, or no JSON object in it */
export function readConfigFile(path: string): Record<string, unknown> {
  const value: unknown = orUsageError(() => JSON.parse(textOf(readFileSync(path))), `--config ${path}`);
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
  orUsageError(() => parsePayload(jobConfigSchema, input, 'config'));

/**
 * Words and options of a command that takes no config fields.
 *
 * @param own the command's options, in node:util's form
 * @throws UsageError for an unknown option
 */
export function parseWords<const Own extends ParseArgsOptionsConfig>(args: string[], own: Own) {
  const { values, positionals } = parse(args, own, true);
  return { words: positionals, options: values as Options<Own> };
}

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
