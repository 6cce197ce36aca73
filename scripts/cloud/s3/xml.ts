/** S3's XML documents: a writer for answers, and a library with stricter rules for request bodies. */
import { XMLParser } from 'fast-xml-parser';
import { S3Error } from './errors.ts';

export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Elements by their names. A list stands for one element of the name for each entry, undefined for none. */
export type XmlFields = { readonly [name: string]: XmlContent };
type XmlContent = string | number | boolean | undefined | XmlFields | XmlContent[];

/** A whole document with its declaration. @param content of the root; several are written one behind the other */
export function writeXml(root: string, content: XmlFields | XmlFields[], namespace?: string): string {
  const attribute = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  const inside = [content].flat().map(writeFields).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${inside}</${root}>`;
}

const writeFields = (fields: XmlFields): string =>
  Object.entries(fields)
    .map(([name, content]) => writeElement(name, content))
    .join('');

function writeElement(name: string, content: XmlContent): string {
  if (content === undefined) return '';
  if (Array.isArray(content)) return content.map((each) => writeElement(name, each)).join('');
  return `<${name}>${typeof content === 'object' ? writeFields(content) : escapeXml(String(content))}</${name}>`;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Control characters become references, as S3 writes them; clients that expect any ask for encoding-type=url. */
function escapeXml(text: string): string {
  return text.replace(
    /[&<>"\u0000-\u001f]/g,
    (character) => ESCAPES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

export interface XmlElement {
  /** Without the prefix of a namespace. */
  name: string;
  /** Character data directly inside. */
  text: string;
  children: XmlElement[];
}

/** What the parser makes of a document: the first property of each node is its element, or its text in `#text`. */
type ParsedNode = Record<string, ParsedNode[] | string>;

const nothing = () => undefined;
const PARSER = new XMLParser({
  preserveOrder: true,
  ignorePiTags: true,
  // Read, or what they refer to would not be checked.
  ignoreAttributes: false,
  parseTagValue: false,
  trimValues: false,
  jPath: false,
  // The library's own leaves references as they are that it does not know.
  entityDecoder: {
    decode: unescapeXml,
    addInputEntities: nothing,
    setExternalEntities: nothing,
    reset: nothing,
    setXmlVersion: nothing,
  },
});
const DECLARATION = /^\ufeff?<\?xml\s[^?]*\?>/;
/** Document types, other declarations, and ends of elements that are none: the validator lets them pass. */
const FORBIDDEN = /<!|<\/[^<>]*\/>/;
const COMMENTS_AND_CDATA = /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)/g;

/**
 * A document whose root has this name. Document types are refused, and with them entities of one's own.
 * @throws S3Error MalformedXML
 */
export function parseDocument(source: string, name: string): XmlElement {
  const forbidden = FORBIDDEN.exec(source.replace(COMMENTS_AND_CDATA, ''));
  if (forbidden !== null) throw malformedXml(`unexpected ${forbidden[0]}`);
  // Inside an element of ours, because the validator lets text pass behind a root that is empty.
  const { text, children } = parse(`<document>${source.replace(DECLARATION, '')}</document>`);
  const [root, ...more] = children;
  if (root === undefined || more.length > 0 || text.trim() !== '') {
    throw malformedXml('expected one root element');
  }
  if (root.name !== name) throw malformedXml(`<${root.name}> instead of <${name}>`);
  return root;
}

function parse(document: string): XmlElement {
  try {
    return elementsOf(PARSER.parse(document, true))[0]!;
  } catch (error) {
    throw error instanceof S3Error ? error : malformedXml((error as Error).message);
  }
}

function elementsOf(nodes: readonly ParsedNode[]): XmlElement[] {
  return nodes.flatMap((node) => {
    const [name, inside] = Object.entries(node)[0]!;
    if (typeof inside === 'string') return [];
    const text = inside.map((part) => part['#text'] ?? '').join('');
    return [{ name: name.slice(name.indexOf(':') + 1), text, children: elementsOf(inside) }];
  });
}

/** Text of the child `name`; undefined when there is none. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

export const malformedXml = (why: string): S3Error =>
  new S3Error('MalformedXML', `The XML in the request body is not what this operation takes: ${why}.`);

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** @param text of an element, where `<` cannot be, or of an attribute, where it may not */
function unescapeXml(text: string): string {
  if (text.includes('<')) throw malformedXml('< in an attribute');
  return text.replace(/&([^;&]*);?/g, (whole, entity: string) => {
    const reference = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(entity);
    const code = reference && (reference[1] ? Number.parseInt(reference[1], 16) : Number(reference[2]));
    const character = code === null || code > 0x10ffff ? ENTITIES[entity] : String.fromCodePoint(code);
    if (character === undefined || !whole.endsWith(';')) throw malformedXml(`bad reference ${whole}`);
    return character;
  });
}
