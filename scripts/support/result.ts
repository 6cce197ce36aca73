/** What a command gives to other programs: with `--json` its result alone is on standard output. */

/** An option of commands that have a result. */
export const JSON_OPTION = { json: { type: 'boolean' } } as const;

/**
 * From here on, what the command says to people goes to standard error: progress, notes and all. Called before anything
 * is said.
 */
export function talkOnStandardError(): void {
  console.log = console.error;
}

/** Writes a result as one JSON document. */
export const printResult = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};
