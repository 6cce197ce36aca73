/** `npx stepnet`: every command under one name, with what its shell may complete. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { COMMANDS, completionScript, suggestionsFor } from '../../../scripts/cli/commands.ts';
import { blocks } from '../../support/pages.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, 'scripts/commands');
/** As a shell would: on any Node, by the file that npm links. */
const stepnet = (...args: string[]) =>
  execFileSync(process.execPath, [join(ROOT, 'scripts/build/node/stepnet.mjs'), ...args], {
    encoding: 'utf8',
  });

it('has every command of package.json that is a file of scripts/commands, and no other', () => {
  const scripts = Object.entries(packageJson.scripts).filter(([, line]) =>
    line.includes('scripts/commands/'),
  );
  expect(Object.keys(COMMANDS).sort()).toEqual(scripts.map(([name]) => name).sort());
  for (const [name, line] of scripts)
    expect(line).toBe(
      `node --initial-old-space-size=64 -r ./scripts/support/compile-cache.cjs scripts/commands/${name}.ts`,
    );
  const files = readdirSync(FOLDER).filter((file) =>
    /^run(Job|Input)?Command\(/m.test(readFileSync(join(FOLDER, file), 'utf8')),
  );
  expect(files.map((file) => file.slice(0, -3)).sort()).toEqual(Object.keys(COMMANDS).sort());
});

it('runs a command with its own words', () => {
  expect(stepnet('models', '--help')).toMatch(/^npm run models -- COMMAND/);
  expect(stepnet('help')).toContain('  runs          lists, shows, compares');
});

it.each([
  [['modles'], 'modles: unknown, did you mean models?\n'],
  [['xyzzy'], 'xyzzy: unknown, npx stepnet help shows what there is\n'],
  [['completion'], 'completion: expected one shell: bash, zsh or fish\n'],
  [['completion', 'tcsh'], 'completion: got tcsh, expected bash, zsh, fish\n'],
  [['runs', '--limt', '3'], '--limt: unknown, did you mean --limit?\n'],
])('refuses %j with exit code 2', (args, message) => {
  try {
    stepnet(...args);
  } catch (error) {
    expect(error).toMatchObject({ status: 2, stdout: '', stderr: message });
    return;
  }
  throw new Error('it was taken');
});

it.each([
  [['ru'], ['runs']],
  [['comp'], ['completion']],
  [['runs', 'fol'], ['follow']],
  [['runs', 'stop', '--j'], ['--json']],
  [['train', '--learning-rate-'], ['--learning-rate-schedule']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['nothing', ''], []],
])('completes %j', (words, expected) => {
  expect(suggestionsFor(words)).toEqual(expected);
});

it.each(['bash', 'zsh', 'fish'])('completes in %s by asking itself', (shell) => {
  expect(completionScript(shell)).toContain('stepnet __complete');
});

it('commands with a result give it as JSON', () => {
  const served = ['start', 'open', 'batch'];
  const usages = blocks('docs/commands.md', 'text').filter((text) => text.startsWith('npm '));
  const named = Object.keys(COMMANDS).map((name) => [
    name,
    usages.find((text) => new RegExp(`^npm (run )?${name} `).test(text))?.includes('--json'),
  ]);
  expect(named).toEqual(Object.keys(COMMANDS).map((name) => [name, !served.includes(name)]));
});
