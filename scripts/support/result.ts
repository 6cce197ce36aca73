/** What a command gives to other programs: with `--json` its result alone is on standard output. */

import { colourFor } from './colour.ts';

/** An option of commands that have a result. */
export const JSON_OPTION = { json: { type: 'boolean' } } as const;

/**
 * From here on, what the command says to people goes to standard error: progress, notes and all. Called before anything
 * is said.
 */
export function talkOnStandardError(): void {
  console.log = console.error;
  colourFor(process.stderr);
}

/** Writes a result as one JSON document. */
export const printResult = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

/** Says a result to people, or with `--json` gives it to programs. */
export function tell(isJson: boolean | undefined, words: string, result: unknown): void {
  if (isJson === true) printResult(result);
  else console.log(words);
}
