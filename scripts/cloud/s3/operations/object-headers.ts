/** Headers that are kept with an object and given back with it. */
import { type Headers, storedContentEncoding } from '../declared-body.ts';
import { S3Error } from '../errors.ts';

const KEPT = ['content-type', 'cache-control', 'content-disposition', 'content-language', 'expires'];
const METADATA_PREFIX = 'x-amz-meta-';
/** Amazon S3 User Guide, "Working with object metadata". */
const MAX_METADATA_BYTES = 2048;

/** @throws S3Error MetadataTooLarge */
export function headersToKeep(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {
    'content-type': 'binary/octet-stream',
  };
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    const isMetadata = name.startsWith(METADATA_PREFIX);
    // Node gives header values as latin1: a character is a byte.
    if (isMetadata) metadataBytes += name.length - METADATA_PREFIX.length + value.length;
    if (isMetadata || KEPT.includes(name)) kept[name] = value;
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      Size: String(metadataBytes),
      MaxSizeAllowed: String(MAX_METADATA_BYTES),
    });
  }
  const encoding = storedContentEncoding(headers);
  if (encoding !== undefined) kept['content-encoding'] = encoding;
  return kept;
}
