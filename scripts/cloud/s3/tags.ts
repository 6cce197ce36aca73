/** Tags of objects ("Categorizing your objects using tags", Amazon S3 User Guide): up to ten keys with a value each. */
import { invalidArgument, S3Error } from './errors.ts';
import { childText, malformedXml, type XmlElement } from './xml.ts';

export const TAGGING = 'x-amz-tagging';
const MAX_TAGS = 10;
const MAX_KEY = 128;
const MAX_VALUE = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export type Tag = [key: string, value: string];

/** Tags of the header, as of a query: `a=1&b=2`. @throws S3Error InvalidArgument, InvalidTag, BadRequest */
export function parseTagHeader(header: string): Tag[] {
  const tags = [...new URLSearchParams(header)];
  if (new Set(tags.map(([key]) => key)).size < tags.length) {
    const message =
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
    throw invalidArgument(TAGGING, header, message);
  }
  return checkTags(tags);
}

/** Tags as they are kept beside an object's headers, and as the header would have them; undefined for none. */
export const writeTagHeader = (tags: readonly Tag[]): string | undefined =>
  new URLSearchParams([...tags]).toString() || undefined;

/** Tags in the document of PutObjectTagging. @throws S3Error MalformedXML, InvalidTag, BadRequest */
export function parseTagging(root: XmlElement): Tag[] {
  const [set, ...more] = root.children;
  if (set?.name !== 'TagSet' || more.length > 0) throw malformedXml('one <TagSet> is expected');
  const tags = set.children.map((element): Tag => {
    const key = childText(element, 'Key');
    const value = childText(element, 'Value');
    if (element.name !== 'Tag' || key === undefined || value === undefined) {
      throw malformedXml('a <Tag> has a <Key> and a <Value>');
    }
    return [key, value];
  });
  if (new Set(tags.map(([key]) => key)).size < tags.length) {
    throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  }
  return checkTags(tags);
}

function checkTags(tags: Tag[]): Tag[] {
  if (tags.length > MAX_TAGS) {
    throw new S3Error('BadRequest', `Object tags cannot be greater than ${MAX_TAGS}`);
  }
  for (const [key, value] of tags) {
    if (key === '' || key.length > MAX_KEY || !ALLOWED.test(key)) {
      throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid', { TagKey: key });
    }
    if (value.length > MAX_VALUE || !ALLOWED.test(value)) {
      const details = { TagKey: key, TagValue: value };
      throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid', details);
    }
    if (/^aws:/i.test(key)) {
      throw new S3Error('InvalidTag', 'System tags cannot be added/updated by requester', { TagKey: key });
    }
  }
  return tags;
}
