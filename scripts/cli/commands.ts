/** What `npx stepnet` knows: its commands, and how shells complete them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobInputSchema } from '../../functions/schemas/config.ts';
import { kebab, UsageError } from './arguments.ts';

/** By name, which is that of its file in scripts/commands: what the command does. */
export const COMMANDS: Readonly<Record<string, string>> = {
  start: 'trains a model in the local cloud and serves it',
  train: 'starts a run and follows it',
  runs: 'lists, shows, compares, follows and stops runs',
  open: 'shows the page of an app that takes signed requests',
  data: 'adds, lists, shows and deletes datasets',
  models: 'lists, promotes, tries, rolls back and deletes versions of models',
  sweep: 'tries many configs and promotes the best',
  batch: 'predicts many images at once',
  plan: 'says what a run would take in time and dollars',
  plot: "writes a run's accuracy plot",
  'import-model': 'makes weights from elsewhere a version',
  'export-model': 'writes a version as safetensors or ONNX',
};

const WIDTH = Math.max(...Object.keys(COMMANDS).map((name) => name.length));

export const HELP = `npx stepnet COMMAND [options]
${Object.entries(COMMANDS)
  .map(([name, what]) => `  ${name.padEnd(WIDTH)}  ${what}`)
  .join('\n')}
  ${'completion'.padEnd(WIDTH)}  prints what makes a shell complete these: bash, zsh or fish
npx stepnet COMMAND --help shows a command's options. npm run COMMAND -- does the same.`;

const SHELLS: Readonly<Record<string, string>> = {
  bash: `_stepnet() { COMPREPLY=($(compgen -W "$(npx --no-install stepnet __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}")); }
complete -o default -F _stepnet stepnet`,
  zsh: `_stepnet() { compadd -- \${(f)"$(npx --no-install stepnet __complete "\${words[@]:1:$((CURRENT-1))}" 2>/dev/null)"}; _files }
compdef _stepnet stepnet`,
  fish: `complete -c stepnet -a '(npx --no-install stepnet __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

/** @throws UsageError for a shell that is none of them */
export function completionScript(shell: string): string {
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (script === undefined)
    throw new UsageError(`completion: got ${shell}, expected ${Object.keys(SHELLS).join(', ')}`);
  return script;
}

/** What may follow these words, the last of which is only begun. */
export function suggestionsFor(words: readonly string[]): string[] {
  const [command = ''] = words;
  const begun = words.at(-1) ?? '';
  const all = words.length <= 1 ? [...Object.keys(COMMANDS), 'completion', 'help'] : optionsOf(command);
  return all.filter((word) => word.startsWith(begun));
}

/** The words and options in a command's help, which is read from its source, since a command runs when it is imported. */
function optionsOf(command: string): string[] {
  if (command === 'completion') return Object.keys(SHELLS);
  if (!Object.hasOwn(COMMANDS, command)) return [];
  const source = readFileSync(join(import.meta.dirname, '../commands', `${command}.ts`), 'utf8');
  const help = /^(?:export )?const HELP = `([^`]*)`;$/m.exec(source)?.[1] ?? '';
  const named = [...help.matchAll(/^ +(--[a-z][a-z0-9-]*|[a-z]+(?= [A-Z[ ]))/gm)].map(([, word]) => word!);
  const fields = help.includes('--<field>')
    ? Object.keys(jobInputSchema.shape).map((field) => `--${kebab(field)}`)
    : [];
  return [...new Set([...named, ...fields, '--help'])];
}
