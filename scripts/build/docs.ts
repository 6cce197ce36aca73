/**
 * `npm run build-docs`: fills the blocks of docs/ that state facts of the code, between `<!-- generated: name -->` and
 * `<!-- end -->`, and writes what openapi.json says of a config's fields. A test does it again and compares.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runIfStarted } from '../cli/command.ts';
import { BLOCKS, meaningsOfConfig } from './docs/blocks.ts';

const ROOT = join(import.meta.dirname, '../..');
const DOCS = join(ROOT, 'docs');
/** What the fields of a config mean, for openapi.json: a bundle has no comments. */
const MEANINGS = join(ROOT, 'functions/schemas/config-meanings.json');
const BLOCK = /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * The pages that have generated blocks, and what is generated as a whole, as they should be.
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
  pages.set(MEANINGS, `${JSON.stringify(meaningsOfConfig(), null, 2)}\n`);
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
