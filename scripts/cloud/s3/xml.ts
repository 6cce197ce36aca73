/** S3's XML documents: a writer for answers and a strict reader for request bodies. */
import { S3Error } from './errors.ts';

export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** [name, content]; an undefined content leaves the element out. */
export type XmlNode = readonly [name: string, content: string | number | boolean | XmlNode[] | undefined];

/** A whole document with its declaration. */
export function writeXml(root: XmlNode, namespace?: string): string {
  const [name, content] = root;
  const attribute = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}${attribute}>${writeContent(content)}</${name}>`;
}

function writeContent(content: XmlNode[1]): string {
  if (!Array.isArray(content)) return escapeXml(String(content ?? ''));
  return content
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<${name}>${writeContent(value)}</${name}>`)
    .join('');
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Control characters become references, as S3 writes them; clients that expect any ask for encoding-type=url. */
function escapeXml(text: string): string {
  return text.replace(
    /[&<>"\u0000-\u001f]/g,
    (character) => ESCAPES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

export interface XmlElement {
  name: string;
  /** Character data directly inside. */
  text: string;
  children: XmlElement[];
}

const TOKEN =
  /<\?[^?]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|[^<]+/y;

/**
 * Elements and text; attributes and comments are skipped, document types and CDATA refused.
 * @throws S3Error MalformedXML
 */
export function parseXml(source: string): XmlElement {
  const root: XmlElement = { name: '', text: '', children: [] };
  const open: XmlElement[] = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(source);
    if (token === null) throw malformedXml(`unexpected text at character ${at}`);
    const [whole, closing, name, , selfClosing] = token;
    const current = open.at(-1)!;
    if (name === undefined) {
      if (!whole.startsWith('<')) current.text += unescapeXml(whole);
    } else if (closing) {
      if (current.name !== name || open.length === 1) throw malformedXml(`</${name}> closes nothing`);
      open.pop();
    } else {
      const element: XmlElement = { name, text: '', children: [] };
      current.children.push(element);
      if (!selfClosing) open.push(element);
    }
  }
  const [first, second] = root.children;
  if (open.length > 1) throw malformedXml(`<${open.at(-1)!.name}> is not closed`);
  if (first === undefined || second !== undefined || root.text.trim() !== '') {
    throw malformedXml('expected one root element');
  }
  return first;
}

/** A document whose root has this name. @throws S3Error MalformedXML */
export function parseDocument(source: string, name: string): XmlElement {
  const root = parseXml(source);
  if (root.name !== name) throw malformedXml(`<${root.name}> instead of <${name}>`);
  return root;
}

/** Text of the child `name`; undefined when there is none. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

export const malformedXml = (why: string): S3Error =>
  new S3Error('MalformedXML', `The XML in the request body is not what this operation takes: ${why}.`);

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function unescapeXml(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, entity: string) => {
    const reference = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(entity);
    const code = reference && (reference[1] ? Number.parseInt(reference[1], 16) : Number(reference[2]));
    const character = code === null || code > 0x10ffff ? ENTITIES[entity] : String.fromCodePoint(code);
    if (character === undefined || !whole.endsWith(';')) throw malformedXml(`bad reference ${whole}`);
    return character;
  });
}
