/** `npx stepnet COMMAND`: all commands under one name. Each is a file of this folder, and an npm script, too. */
import { nearMiss } from '../../functions/schemas/near-miss.ts';
import { UsageError } from '../cli/arguments.ts';
import { runCommand } from '../cli/command.ts';
import { COMMANDS, completionScript, HELP, suggestionsFor } from '../cli/commands.ts';

const [command = '', ...rest] = process.argv.slice(2);
if (Object.hasOwn(COMMANDS, command)) {
  // The command reads its own words, as if it had been started by itself.
  process.argv.splice(2, 1);
  await import(`./${command}.ts`);
} else if (command === '__complete') {
  // Words as they stand in somebody's shell are no options of this command.
  console.log(suggestionsFor(rest).join('\n'));
} else {
  runCommand(HELP, {}, async (_, [word = 'help', ...words]) => {
    if (word === 'completion' && words.length === 1) console.log(completionScript(words[0]!));
    else if (word === 'help' && words.length === 0) console.log(HELP);
    else throw new UsageError(problemOf(word));
    return undefined;
  });
}

function problemOf(word: string): string {
  if (word === 'completion') return 'completion: expected one shell: bash, zsh or fish';
  const near = nearMiss(word, [...Object.keys(COMMANDS), 'completion', 'help']);
  return `${word}: unknown, ${near === undefined ? 'npx stepnet help shows what there is' : `did you mean ${near}?`}`;
}
