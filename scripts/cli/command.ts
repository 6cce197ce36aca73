/** How every command begins and ends: its command line or its help, its exit code, or the error's message. */
import type { ParseArgsOptionsConfig } from 'node:util';
import type { JobConfig } from '../../functions/schemas/config.ts';
import { colour } from '../support/colour.ts';
import { adviceFor } from '../support/trouble.ts';
import {
  checkInput,
  describeFields,
  type Options,
  parseArguments,
  parseWords,
  UsageError,
} from './arguments.ts';

/** A command's exit code; 0 where it names none. */
type Ending = number | undefined;

/**
 * Runs a command of words and options, and exits.
 *
 * @param help what --help and -h show, which every command knows
 * @param own the command's options, in node:util's form
 */
export function runCommand<const Own extends ParseArgsOptionsConfig>(
  help: string,
  own: Own,
  run: (options: Options<Own>, words: string[]) => Promise<Ending>,
): void {
  reportAndExit(help, async (args) => {
    const { words, options } = parseWords(args, own);
    return run(options, words);
  });
}

export interface JobInput {
  /** The state machine's: only what the user gave. */
  input: Record<string, unknown>;
  /** What it stands for. */
  config: JobConfig;
}

/** The same for a command that takes a job's config as well: a file, and one flag for each of its fields. */
export function runJobCommand<const Own extends ParseArgsOptionsConfig>(
  help: string,
  own: Own,
  run: (job: JobInput, options: Options<Own>) => Promise<Ending>,
): void {
  reportAndExit(`${help}\n\n${describeFields()}`, async (args) => {
    const { input, options } = parseArguments(args, own);
    return run({ input, config: checkInput(input) }, options);
  });
}

/** The same for a command that completes the input before it is checked, and takes the config's file as a word, too. */
export function runInputCommand<const Own extends ParseArgsOptionsConfig>(
  help: string,
  own: Own,
  run: (input: Record<string, unknown>, options: Options<Own>) => Promise<Ending>,
): void {
  reportAndExit(`${help}\n\n${describeFields()}`, async (args) => {
    const { input, options } = parseArguments(args, own, true);
    return run(input, options);
  });
}

/**
 * Runs a command without options in a file that others import, too, when Node was started with it.
 *
 * @param meta the file's `import.meta`
 * @param run without a parameter, it takes no words
 * @throws Error on a Node that doesn't say what it was started with, where the command would do nothing
 */
export function runIfStarted(
  meta: Pick<ImportMeta, 'filename'> & { main?: boolean },
  help: string,
  run: (words: string[]) => Promise<Ending>,
): void {
  if (meta.main === true) {
    runCommand(help, {}, (_, words) => {
      if (words.length > 0 && run.length === 0) throw new UsageError(help);
      return run(words);
    });
  }
  if (meta.main === undefined && process.argv[1] === meta.filename) {
    throw new Error(`${meta.filename} needs Node 24.2 or newer, got ${process.version}`);
  }
}

/**
 * Nobody reads what the command prints any more, as after `| head`, or its file can't be written: the command ends as when
 * it is told to, which those that have something to close listen for. What it prints then is lost.
 */
function endWithOutput({ code, message }: NodeJS.ErrnoException): void {
  process.stdout.off('error', endWithOutput).on('error', () => undefined);
  if (code !== 'EPIPE') console.error(message);
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(code === 'EPIPE' ? 0 : 1);
}

/** Its first line in red; what a command knows is no trouble. */
function redOnTop(message: string, help: string): string {
  const [first = '', ...more] = message.split('\n');
  return help.startsWith(first) ? message : [colour('red', first, process.stderr), ...more].join('\n');
}

/** Exits with the command's code, or with 1 after an error and 2 after wrong usage. Only with DEBUG set is the stack shown. */
function reportAndExit(help: string, main: (args: string[]) => Promise<Ending>): void {
  process.stdout.on('error', endWithOutput);
  // Who listens to neither wants to know nothing.
  process.stderr.on('error', () => undefined);
  const args = process.argv.slice(2);
  const isHelp = args.includes('--help') || args.includes('-h');
  const ended = isHelp ? Promise.resolve(console.log(help)) : main(args);
  ended.then(
    (code) => process.exit(code ?? 0),
    (error: unknown) => {
      const shown = error instanceof Error && process.env.DEBUG === undefined ? error.message : error;
      console.error(typeof shown === 'string' ? redOnTop(shown, help) : shown);
      const advice = adviceFor(error);
      if (advice !== undefined && !String(shown).includes(advice)) console.error(advice);
      process.exit(error instanceof UsageError ? 2 : 1);
    },
  );
}
