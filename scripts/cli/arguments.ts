/** Command lines: options, words, a job's config as a file and one flag a field, and numbers. */
import { readFileSync } from 'node:fs';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type JobConfig, jobConfigSchema } from '../../functions/schemas/config.ts';
import { parsePayload } from '../../functions/schemas/parse.ts';
import { trainChunkInput } from '../../functions/schemas/payloads.ts';

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
  const { values } = orUsageError(() => parseArgs({ args, options: all }));
  const input = typeof values.config === 'string' ? readConfigFile(values.config) : {};
  const options: Record<string, unknown> = {};
  for (const [flag, value] of Object.entries(values)) {
    const field = CONFIG_FLAGS.get(flag);
    if (field !== undefined) input[field] = parseValue(String(value));
    else if (flag !== 'config') options[flag] = value;
  }
  return { input, options: options as Options<Own> };
}

/** A flag's text as JSON where it is JSON (`100`, `[784,50,10]`), else as the string itself (`relu`). */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @throws UsageError when there is no such file, or no JSON object in it */
export function readConfigFile(path: string): Record<string, unknown> {
  const value: unknown = orUsageError(() => JSON.parse(readFileSync(path, 'utf8')), `--config ${path}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`--config ${path}: expected a JSON object of config fields`);
  }
  return { ...value };
}

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
  const { values, positionals } = orUsageError(() =>
    parseArgs({ args, allowPositionals: true, options: own }),
  );
  return { words: positionals, options: values };
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

/** @throws UsageError naming the option, its text and what is allowed */
export function checkRunId(option: string, text: string): void {
  if (trainChunkInput.shape.runId.safeParse(text).success) return;
  throw new UsageError(
    `${option}: got ${JSON.stringify(text.slice(0, 80))}, expected 1-80 of A-Z a-z 0-9 _ -`,
  );
}

/** @throws UsageError naming the option, its text and what is allowed */
export function wholeNumber(option: string, text: string, least: number, most = Infinity): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  const range = most === Infinity ? `from ${least}` : `from ${least} to ${most}`;
  throw new UsageError(`${option}: got ${JSON.stringify(text)}, expected a whole number ${range}`);
}
