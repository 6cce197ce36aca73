/** Doc comments of the fields of an interface or an object, read from the source: what docs say of them stands there only. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');

/**
 * @param file repository path of the source
 * @param name of the interface or const that has the fields
 * @returns the text of each field's doc comment, by the field's name; fields without one are left out
 * @throws Error when the file declares no such thing
 */
export function commentsOf(file: string, name: string): Map<string, string> {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const body = new RegExp(`^export (?:interface|const) ${name}\\b[^\\n]*\\{\\n([\\s\\S]*?)\\n\\}`, 'm').exec(
    source,
  )?.[1];
  if (body === undefined) throw new Error(`${file} declares no interface or object ${name}`);
  const fields = body.matchAll(/^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(\w+)\??:/gm);
  return new Map([...fields].map(([, comment, field]) => [field!, textOf(comment!)]));
}

/** Without the asterisks and line breaks of its source, and without the full stop that a table's cell needs none of. */
const textOf = (comment: string) =>
  comment
    .replaceAll(/\s*\n\s*\*?\s*/g, ' ')
    .trim()
    .replace(/\.$/, '');
