/** How every command begins and ends: its exit code, or the error's message and 1 (2 for wrong usage). */
import { adviceFor } from '../support/trouble.ts';
import { UsageError } from './arguments.ts';

/** Runs `main` and exits with its code. The stack is shown only with DEBUG set: people get the message. */
export function reportAndExit(main: () => Promise<number>): void {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      const shown = error instanceof Error && process.env.DEBUG === undefined ? error.message : error;
      console.error(shown);
      const advice = adviceFor(error);
      if (advice !== undefined && !String(shown).includes(advice)) console.error(advice);
      process.exit(error instanceof UsageError ? 2 : 1);
    },
  );
}

/**
 * Does the same for a file that others import, too, when Node was started with it.
 *
 * @param meta the file's `import.meta`
 * @throws Error on a Node that doesn't say what it was started with, where the command would do nothing
 */
export function runIfStarted(
  meta: Pick<ImportMeta, 'filename'> & { main?: boolean },
  main: () => Promise<number>,
): void {
  if (meta.main === true) reportAndExit(main);
  if (meta.main === undefined && process.argv[1] === meta.filename) {
    throw new Error(`${meta.filename} needs Node 24.2 or newer, got ${process.version}`);
  }
}
