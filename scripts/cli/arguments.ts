/** Command-line options shared by `npm start` and `npm run train`: a config file and one flag per config field. */
import { readFileSync } from 'node:fs';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { jobConfigSchema } from '../../functions/schemas/config.ts';

/** The command line is wrong: the message says what is allowed. Entry points print it and exit with 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

const kebab = (field: string) => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Flag name → config field; `--learningRate` and `--learning-rate` are the same. */
const CONFIG_FLAGS = new Map(
  Object.keys(jobConfigSchema.shape).flatMap((field) => [
    [field, field],
    [kebab(field), field],
  ]),
);

export interface ParsedArguments {
  /** The state machine's input: only what the user gave. */
  input: Record<string, unknown>;
  /** The command's own options. */
  options: Record<string, string | boolean | undefined>;
}

/**
 * @param own the command's own options, in node:util's form
 * @throws UsageError for an unknown flag, an unreadable config file or one that is no JSON object
 */
export function parseArguments(argv: string[], own: ParseArgsOptionsConfig): ParsedArguments {
  const options: ParseArgsOptionsConfig = {
    config: { type: 'string' },
    ...own,
  };
  for (const flag of CONFIG_FLAGS.keys()) options[flag] = { type: 'string' };
  let values: Record<string, string | boolean | undefined>;
  try {
    values = parseArgs({
      args: argv,
      options,
      strict: true,
      allowPositionals: false,
    }).values as typeof values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const input = typeof values.config === 'string' ? readConfigFile(values.config) : {};
  const rest: ParsedArguments['options'] = {};
  for (const [flag, value] of Object.entries(values)) {
    const field = CONFIG_FLAGS.get(flag);
    if (field !== undefined) input[field] = parseValue(String(value));
    else if (flag !== 'config') rest[flag] = value;
  }
  return { input, options: rest };
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
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--config ${path}: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`--config ${path}: expected a JSON object of config fields`);
  }
  return { ...value };
}

/**
 * Words and options of a command that takes no config fields.
 *
 * @param options the command's own, in node:util's form
 * @throws UsageError for an unknown option
 */
export function parseWords<const Own extends ParseArgsOptionsConfig>(args: string[], options: Own) {
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    return { words: positionals, options: values };
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
