/** What `npm test` does before the tests: types and style, for which it installs the tools that are missing. */
import { runIfStarted } from '../cli/command.ts';
import { runNpm } from '../support/programs.ts';
import { installTools } from './tools.ts';

runIfStarted(import.meta, 'npm test: checks types and style, then runs the tests', async () => {
  try {
    installTools();
  } catch (error) {
    // In CI, what is left out would go unnoticed.
    if (process.env.CI_REQUIRE_TOOLS === '1') throw error;
    console.error(`the tools can't be installed (${(error as Error).message}):
types and style are not checked, and tests that need a tool are skipped`);
    return 0;
  }
  runNpm('run', '--silent', 'check');
  return 0;
});
