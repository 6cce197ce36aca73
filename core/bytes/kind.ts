/** What a file is that is none of those expected, by its first bytes: for errors that say what is there instead. */
import { decodeLatin1 } from './byte-reader.ts';

/** Longest start that is looked at, with what may stand before it. */
const HEAD_BYTES = 64;

/** What files begin with, byte by byte, or have at a place near there. */
const STARTS: readonly (readonly [kind: string, start: string, at?: number])[] = [
  ['gzip', '\x1f\x8b'],
  ['zstd', '\x28\xb5\x2f\xfd'],
  ['xz', '\xfd7zXZ'],
  ['a ZIP archive', 'PK\x03\x04'],
  ['HDF5, as Keras saves', '\x89HDF\r\n\x1a\n'],
  ['a NumPy array', '\x93NUMPY'],
  ['a TensorFlow Lite model', 'TFL3', 4],
  ['Parquet', 'PAR1\x15'],
  ['PNG', '\x89PNG\r\n'],
  ['JPEG', '\xff\xd8\xff'],
  ['GIF', 'GIF87a'],
  ['GIF', 'GIF89a'],
  ['WebP', 'WEBP', 8],
  ['TIFF', 'II*\0'],
  ['TIFF', 'MM\0*'],
  ['HEIC', 'ftyphe', 4],
  ['HEIC', 'ftypmif1', 4],
  ['AVIF', 'ftypavif', 4],
  ['PDF', '%PDF-'],
  ['UTF-16 text', '\xff\xfe'],
  ['UTF-16 text', '\xfe\xff'],
  ['a pointer of Git LFS', 'version https://git-lfs'],
  // A protocol buffer whose first field, the version, is followed by the producer's name.
  ...Array.from({ length: 16 }, (_, version) => ['ONNX', `\x08${String.fromCharCode(version)}\x12`] as const),
];
/** The same of text, whose case and leading space mean nothing. */
const WORDS: readonly (readonly [kind: string, start: string])[] = [
  ['a web page', '<!doctype html'],
  ['a web page', '<html'],
  ['XML', '<?xml'],
];

/** The kind of file that the bytes begin; undefined for kinds that aren't known here, such as tables and IDX. */
export function kindOf(bytes: Uint8Array): string | undefined {
  const head = decodeLatin1(bytes.subarray(0, HEAD_BYTES));
  const words = head
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  const known =
    STARTS.find(([, start, at = 0]) => head.startsWith(start, at)) ??
    WORDS.find(([, start]) => words.startsWith(start));
  return known?.[0];
}

/** The same as the end of an error's message. */
export function asKind(bytes: Uint8Array): string {
  const kind = kindOf(bytes);
  return kind === undefined ? '' : `: it is ${kind}`;
}
