/** The document and headers of CompleteMultipartUpload. */
import { CHECKSUM_PREFIX, type ChecksumType, isChecksumAlgorithm, parseChecksum } from '../checksums.ts';
import { type Completion, type ListedPart, MAX_PARTS } from '../completion.ts';
import type { Headers } from '../declared-body.ts';
import { notImplemented, S3Error } from '../errors.ts';
import { childText, malformedXml, parseDocument, type XmlElement } from '../xml.ts';

/** @throws S3Error MalformedXML, InvalidRequest, NotImplemented */
export function readCompletion(
  document: string,
  headers: Headers,
  uploadType: ChecksumType | undefined,
): Completion {
  const root = parseDocument(document, 'CompleteMultipartUpload');
  const completion: Completion = { parts: root.children.map(readPart) };
  if (completion.parts.length === 0 || completion.parts.length > MAX_PARTS) {
    throw malformedXml(`${completion.parts.length} parts, 1 to ${MAX_PARTS} are allowed`);
  }
  const type = headers['x-amz-checksum-type']?.toUpperCase();
  if (type !== undefined && type !== uploadType) {
    throw new S3Error('InvalidRequest', `The upload was not created with the checksum type ${type}.`);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(CHECKSUM_PREFIX) || name === 'x-amz-checksum-type') continue;
    const algorithm = name.slice(CHECKSUM_PREFIX.length).toUpperCase();
    if (!isChecksumAlgorithm(algorithm)) throw notImplemented(`${name} of CompleteMultipartUpload`);
    completion.checksum = { algorithm, value };
  }
  const size = headers['x-amz-mp-object-size'];
  if (size !== undefined) {
    if (!/^\d{1,15}$/.test(size)) {
      throw new S3Error('InvalidRequest', `x-amz-mp-object-size must be a count of bytes; got ${size}.`);
    }
    completion.size = Number(size);
  }
  return completion;
}

function readPart(element: XmlElement): ListedPart {
  if (element.name !== 'Part') throw malformedXml(`<${element.name}> instead of <Part>`);
  const number = childText(element, 'PartNumber')?.trim() ?? '';
  const etag = childText(element, 'ETag');
  if (!/^\d{1,5}$/.test(number) || etag === undefined) throw malformedXml('a <Part> without number or ETag');
  const part: ListedPart = { number: Number(number), etag };
  for (const child of element.children) {
    if (!child.name.startsWith('Checksum')) continue;
    const algorithm = child.name.slice('Checksum'.length);
    if (!isChecksumAlgorithm(algorithm)) throw notImplemented(`<${child.name}> of a part`);
    parseChecksum(algorithm, child.text.trim());
    part.checksum = { algorithm, value: child.text.trim() };
  }
  return part;
}
