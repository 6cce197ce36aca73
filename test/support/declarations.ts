/**
 * What a package's declarations name: types that its exports speak of, and whether these are exported themselves. A reader
 * of `.d.ts` files as the compiler writes them, one statement a line's beginning; TypeScript 7 has no compiler to ask.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Declarations {
  /** Text of each declaration, without comments and texts. */
  own: Map<string, string>;
  /** Where a name is from that is imported, and what it is called there. */
  imported: Map<string, Place>;
  /** The same of what is exported from elsewhere. */
  exported: Map<string, Place>;
  /** Files of which everything is exported. */
  all: string[];
}

interface Place {
  file: string;
  name: string;
}

const read = new Map<string, Declarations>();

function declarationsOf(file: string): Declarations {
  const known = read.get(file);
  if (known !== undefined) return known;
  const found: Declarations = { own: new Map(), imported: new Map(), exported: new Map(), all: [] };
  read.set(file, found);
  const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  for (const statement of text.split(/\n(?=\S)/)) {
    const from = /from '([^']+)';/.exec(statement)?.[1];
    const source = from === undefined ? file : join(dirname(file), from.replace(/\.js$/, '.d.ts'));
    const list = /^(import|export)\s+(?:type\s+)?\{([\s\S]*?)\}/.exec(statement);
    if (list !== null) {
      for (const item of list[2]!.split(',')) {
        const [name, alias = name] = item
          .trim()
          .replace(/^type /, '')
          .split(' as ');
        if (name === '' || name === undefined) continue;
        const isImport = list[1] === 'import';
        found[isImport ? 'imported' : 'exported'].set(alias!, { file: source, name });
      }
    } else if (/^export \*/.test(statement)) {
      found.all.push(source);
    } else {
      const declaration =
        /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|function\*?|const|enum) (\w+)/.exec(
          statement,
        );
      if (declaration !== null) {
        const before = found.own.get(declaration[1]!) ?? '';
        found.own.set(declaration[1]!, `${before}\n${statement.replaceAll(/'[^']*'|"[^"]*"/g, '')}`);
      }
    }
  }
  return found;
}

/** Where a name that a file knows is declared. */
function resolve(file: string, name: string): Place | undefined {
  const { own, imported, exported, all } = declarationsOf(file);
  if (own.has(name)) return { file, name };
  const place = imported.get(name) ?? exported.get(name);
  if (place !== undefined) return place.file === file ? undefined : resolve(place.file, place.name);
  for (const source of all) {
    const found = resolve(source, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

const exportsOf = (file: string): string[] => {
  const { own, exported, all } = declarationsOf(file);
  return [...own.keys(), ...exported.keys(), ...all.flatMap(exportsOf)];
};

/**
 * Types that an index's exports speak of, directly or through others, and that it doesn't export.
 *
 * @param index a `.d.ts` file
 * @param others whose exports are known as well
 * @returns `Hidden, in Exported`
 */
export function hiddenTypes(index: string, ...others: string[]): string[] {
  const key = ({ file, name }: Place) => `${file} ${name}`;
  const placesOf = (file: string) => exportsOf(file).flatMap((name) => resolve(file, name) ?? []);
  const places = placesOf(index);
  const isExported = new Set([...places, ...others.flatMap(placesOf)].map(key));
  const hidden: string[] = [];
  for (const place of places) {
    const text = declarationsOf(place.file).own.get(place.name)!;
    // Types have names like these; values in declarations don't, nor do type parameters.
    for (const name of new Set(text.match(/\b[A-Z]\w*[a-z]\w*\b/g))) {
      const named = resolve(place.file, name);
      if (named !== undefined && !isExported.has(key(named))) hidden.push(`${name}, in ${place.name}`);
    }
  }
  return [...new Set(hidden)].sort();
}
