/** What a file is that is none of those expected, by its first bytes: for errors that say what is there instead. */
import { decodeLatin1 } from './byte-reader.ts';

/** What files begin with, byte by byte, and what some have at a place after that. */
const STARTS: readonly (readonly [kind: string, start: string, at?: number, mark?: string])[] = [
  ['gzip', '\x1f\x8b'],
  ['a ZIP archive', 'PK\x03\x04'],
  ['HDF5, as Keras saves', '\x89HDF\r\n\x1a\n'],
  ['a NumPy array', '\x93NUMPY'],
  ['PNG', '\x89PNG\r\n'],
  ['JPEG', '\xff\xd8\xff'],
  ['GIF', 'GIF87a'],
  ['GIF', 'GIF89a'],
  ['WebP', 'RIFF', 8, 'WEBP'],
  ['HEIC', '\0\0\0', 4, 'ftyp'],
  ['Parquet', 'PAR1'],
  ['UTF-16 text', '\xff\xfe'],
  // A protocol buffer whose first field, the version, is followed by the producer's name.
  ...Array.from({ length: 16 }, (_, version) => ['ONNX', `\x08${String.fromCharCode(version)}\x12`] as const),
];
/** What texts begin with, in lower case; space may stand before it. */
const TEXTS: readonly (readonly [kind: string, start: string])[] = [
  ['a pointer of Git LFS', 'version https://git-lfs'],
  ['a web page', '<!doctype html'],
  ['a web page', '<html'],
  ['XML', '<?xml'],
];

/** The kind of file that the bytes begin; undefined for kinds that aren't known here, such as tables and IDX. */
export function kindOf(bytes: Uint8Array): string | undefined {
  const head = decodeLatin1(bytes.subarray(0, 64));
  const text = head
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  const found =
    STARTS.find(([, start, at = 0, mark = '']) => head.startsWith(start) && head.startsWith(mark, at)) ??
    TEXTS.find(([, start]) => text.startsWith(start));
  return found?.[0];
}

/** The same as the end of an error's message. */
export function asKind(bytes: Uint8Array): string {
  const kind = kindOf(bytes);
  return kind === undefined ? '' : `: it is ${kind}`;
}
