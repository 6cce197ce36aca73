/**
 * `npm run build-docs`: fills the blocks of docs/ that state facts of the code, between `<!-- generated: name -->` and
 * `<!-- end -->`. A test does it again and compares.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runIfStarted } from '../cli/command.ts';
import { BLOCKS } from './docs/blocks.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const BLOCK = /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * The pages that have generated blocks, as they should be.
 *
 * @returns by path; blocks that no page has are under `missing`
 * @throws Error for a mark that names no block
 */
export function buildDocs(): { pages: Map<string, string>; missing: string[] } {
  const pages = new Map<string, string>();
  const used = new Set<string>();
  for (const file of readdirSync(DOCS).filter((name) => name.endsWith('.md'))) {
    const path = join(DOCS, file);
    const text = readFileSync(path, 'utf8');
    const made = new Map<string, string>();
    for (const [, , name] of text.matchAll(BLOCK)) {
      const make = BLOCKS[name!];
      if (make === undefined)
        throw new Error(`${file}: there is no block ${name} in scripts/build/docs/blocks.ts`);
      made.set(name!, make());
      used.add(name!);
    }
    if (made.size === 0) continue;
    pages.set(
      path,
      text.replace(BLOCK, (_, begin, name, end) => `${begin}\n${made.get(name)}\n\n${end}`),
    );
  }
  return { pages, missing: Object.keys(BLOCKS).filter((name) => !used.has(name)) };
}

runIfStarted(import.meta, 'npm run build-docs: fills the generated tables of the docs', async () => {
  const { pages } = buildDocs();
  for (const [path, text] of pages) {
    if (readFileSync(path, 'utf8') === text) continue;
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
});
