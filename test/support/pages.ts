/** Pages of the documentation, and what they tell people to type. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, run } from '../scripts/command.ts';

const ROOT = join(import.meta.dirname, '../..');

/** @param page its path, e.g. docs/own-csv.md */
export const readPage = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** Texts of a page's fenced blocks in one language. */
export const blocks = (page: string, language: string): string[] =>
  [...readPage(page).matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
    .filter((found) => found[1] === language)
    .map((found) => found[2]!);

/** Lines of a page's shell blocks, in the order in which people type them. */
export const commandsOf = (page: string): string[] =>
  blocks(page, 'sh').flatMap((text) => text.trim().split('\n'));

/**
 * Types a page's line: the script of package.json that it names, with its words.
 *
 * @param more words that a test adds, such as its data folder
 * @param replaced texts of the line and what stands in their place, such as folders that a test must not write to
 */
export function type(
  line: string,
  more: readonly string[],
  replaced: Readonly<Record<string, string>> = {},
): Command {
  const [, script, rest = ''] = /^npm (?:run )?([\w-]+)(?: -- (.*))?$/.exec(line) ?? [];
  const { scripts } = JSON.parse(readPage('package.json')) as { scripts: Record<string, string> };
  const file = /^node (?:--\S+ )?(?:-r \S+ )?scripts\/(\S+\.ts)$/.exec(scripts[script ?? ''] ?? '')?.[1];
  if (file === undefined) throw new Error(`${line}: expected npm run SCRIPT -- words`);
  const words = Object.entries(replaced).reduce((text, [from, to]) => text.replaceAll(from, to), rest);
  return run(file, [...wordsOf(words), ...more]);
}

/** As a shell splits a line: what is in single quotes stays together. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
