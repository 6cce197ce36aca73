/** What a file is that is none of those expected, by its first bytes: for errors that say what is there instead. */
import { decodeLatin1 } from './byte-reader.ts';

/** What files begin with, byte by byte, or have at a place near there. Of text, in lower case, space may stand before it. */
const STARTS: readonly (readonly [kind: string, start: string, at?: number])[] = [
  ['gzip', '\x1f\x8b'],
  ['a ZIP archive', 'PK\x03\x04'],
  ['HDF5, as Keras saves', '\x89HDF\r\n\x1a\n'],
  ['a NumPy array', '\x93NUMPY'],
  ['PNG', '\x89PNG\r\n'],
  ['JPEG', '\xff\xd8\xff'],
  ['GIF', 'GIF8'],
  ['WebP', 'WEBP', 8],
  ['HEIC', 'ftyp', 4],
  ['UTF-16 text', '\xff\xfe'],
  ['a pointer of Git LFS', 'version https://git-lfs'],
  ['a web page', '<!doctype html'],
  ['a web page', '<html'],
  ['XML', '<?xml'],
  // A protocol buffer whose first field, the version, is followed by the producer's name.
  ...Array.from({ length: 16 }, (_, version) => ['ONNX', `\x08${String.fromCharCode(version)}\x12`] as const),
];

/** The kind of file that the bytes begin; undefined for kinds that aren't known here, such as tables and IDX. */
export function kindOf(bytes: Uint8Array): string | undefined {
  const head = decodeLatin1(bytes.subarray(0, 64));
  const text = head.replace(/^\xef\xbb\xbf/, '').trimStart();
  return STARTS.find(
    ([, start, at = 0]) => head.startsWith(start, at) || text.toLowerCase().startsWith(start),
  )?.[0];
}

/** The same as the end of an error's message. */
export function asKind(bytes: Uint8Array): string {
  const kind = kindOf(bytes);
  return kind === undefined ? '' : `: it is ${kind}`;
}
