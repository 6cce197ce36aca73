/** How every command ends: its exit code, or the error's message and 1 (2 for wrong usage). */
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
