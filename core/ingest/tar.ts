/**
 * Reads tar archives as they come: ustar (IEEE Std 1003.1-2017, pax, "ustar Interchange Format") with the pax records
 * `path` and `size`, GNU's magic and the older headers without one. Only files and folders: links, devices and sparse
 * files are refused, and so are names that lead out of the archive's own folder.
 */

import { decodeLatin1 } from '../bytes/byte-reader.ts';
import { type ByteChunks, ByteStream } from '../bytes/byte-stream.ts';
import { decodeUtf8 } from '../bytes/text.ts';
import { IntegrityError } from '../errors.ts';

export interface TarEntry {
  name: string;
  size: number;
  /** The file's bytes; what is not read of them is skipped. Only before the next entry. */
  body: AsyncGenerator<Uint8Array>;
}

const BLOCK_BYTES = 512;
const MAX_ENTRIES = 10_000;
const MAX_PAX_BYTES = 64 * 1024;
const MAX_NAME = 1024;
/** Read at once. */
const PIECE_BYTES = 64 * 1024;
/** Where header fields begin and how long they are. */
const FIELD = {
  name: [0, 100],
  size: [124, 12],
  checksum: [148, 8],
  magic: [257, 6],
  prefix: [345, 155],
} as const;
const TYPE_AT = 156;
/** '0' and NUL are files, '7' is one stored contiguously, which nobody does differently. */
const FILE_TYPES = new Set(['0', '\0', '7']);
const TYPES = new Map([
  ['1', 'a hard link'],
  ['2', 'a symbolic link'],
  ['3', 'a device'],
  ['4', 'a device'],
  ['6', 'a pipe'],
]);

/**
 * @param what names the archive in errors
 * @returns its files in order, folders left out
 * @throws IntegrityError for what is damaged, cut off, not read here or doubtful, naming the entry
 */
export async function* readTar(chunks: ByteChunks, what = 'tar'): AsyncGenerator<TarEntry> {
  const stream = new ByteStream(chunks);
  try {
    yield* readEntries(stream, what);
  } finally {
    await stream.close();
  }
}

async function* readEntries(stream: ByteStream, what: string): AsyncGenerator<TarEntry> {
  const block = new Uint8Array(BLOCK_BYTES);
  const seen = new Set<string>();
  let pax: PaxRecords = {};
  for (let entries = 0; ; entries++) {
    await fillBlock(stream, block, what);
    if (isZero(block)) break;
    if (entries === MAX_ENTRIES) fail(what, `more than ${MAX_ENTRIES} entries`);
    const header = readHeader(block, what, stream.offset - BLOCK_BYTES);
    const { type } = header;
    if (type === 'x' || type === 'g') {
      const records = await readPax(stream, header.size, what);
      // Of an archive's global records none is read.
      if (type === 'x') pax = records;
      continue;
    }
    const name = pax.path ?? header.name;
    const size = pax.size ?? header.size;
    pax = {};
    checkName(name, what);
    if (type === '5') {
      if (size !== 0) fail(what, `${JSON.stringify(name)} is a folder of ${size} bytes`);
      continue;
    }
    if (!FILE_TYPES.has(type)) {
      const kind = TYPES.get(type) ?? `of type ${JSON.stringify(type)}`;
      fail(what, `${JSON.stringify(name)} is ${kind}, expected files and folders`);
    }
    if (seen.has(name)) fail(what, `two entries ${JSON.stringify(name)}`);
    seen.add(name);
    const rest = { name, size, padded: Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES };
    yield { name, size, body: readBody(stream, rest, what) };
    await skip(stream, rest, what);
  }
  await checkEnd(stream, block, what);
}

/** What is left of an entry's blocks, its padding included. */
interface EntryRest {
  name: string;
  /** Bytes of the file itself. */
  size: number;
  padded: number;
}

async function* readBody(stream: ByteStream, rest: EntryRest, what: string): AsyncGenerator<Uint8Array> {
  while (rest.size > 0) yield takePiece(stream, rest, rest.size, what);
}

async function skip(stream: ByteStream, rest: EntryRest, what: string): Promise<void> {
  while (rest.padded > 0) await takePiece(stream, rest, rest.padded, what);
}

async function takePiece(
  stream: ByteStream,
  rest: EntryRest,
  most: number,
  what: string,
): Promise<Uint8Array> {
  const piece = await stream.some(Math.min(most, PIECE_BYTES));
  if (piece === undefined) fail(what, `cut off in ${JSON.stringify(rest.name)}`);
  rest.size = Math.max(0, rest.size - piece!.length);
  rest.padded -= piece!.length;
  return piece!;
}

interface PaxRecords {
  path?: string;
  size?: number;
}

/** Records of the form "length keyword=value\n", the length counting itself. */
async function readPax(stream: ByteStream, size: number, what: string): Promise<PaxRecords> {
  if (size > MAX_PAX_BYTES) fail(what, `a pax header of ${size} bytes, at most ${MAX_PAX_BYTES} are read`);
  const padded = new Uint8Array(Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES);
  if ((await stream.fill(padded)) < padded.length) fail(what, 'cut off in a pax header');
  const bytes = padded.subarray(0, size);
  const records: PaxRecords = {};
  for (let at = 0; at < size; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? '' : decodeLatin1(bytes.subarray(at, space));
    const end = at + Number(digits);
    if (!/^[1-9]\d{0,6}$/.test(digits) || end > size || bytes[end - 1] !== 0x0a || end <= space + 1) {
      fail(what, `a pax record at ${at} without its length`);
    }
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(text(bytes.subarray(space + 1, end - 1), what)) ?? [];
    if (key === undefined) fail(what, `a pax record at ${at} without a keyword`);
    if (key === 'path') records.path = value!;
    else if (key === 'size') records.size = sizeOf(value!, 10, what);
    else if (key!.startsWith('GNU.sparse')) fail(what, 'a sparse file, which is not read');
    at = end;
  }
  return records;
}

function readHeader(
  block: Uint8Array,
  what: string,
  offset: number,
): { name: string; size: number; type: string } {
  const declared = octal(block, 'checksum', what);
  const [at, length] = FIELD.checksum;
  // The sum of all bytes, the checksum's own taken as spaces.
  const sum = block.reduce(
    (total, byte, index) => total + (index >= at && index < at + length ? 0x20 : byte),
    0,
  );
  if (declared !== sum) {
    fail(
      what,
      `the header at ${offset} has the checksum ${declared}, its bytes have ${sum}: no tar, or damaged`,
    );
  }
  const magic = decodeLatin1(field(block, 'magic'));
  if (!['ustar\0', 'ustar ', '\0\0\0\0\0\0'].includes(magic)) {
    fail(what, `the header at ${offset} has the magic ${JSON.stringify(magic)}`);
  }
  const name = string(block, 'name', what);
  // GNU keeps times in the place of the prefix.
  const prefix = magic === 'ustar\0' ? string(block, 'prefix', what) : '';
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: octal(block, 'size', what),
    type: String.fromCharCode(block[TYPE_AT]!),
  };
}

const field = (block: Uint8Array, name: keyof typeof FIELD): Uint8Array => {
  const [at, length] = FIELD[name];
  return block.subarray(at, at + length);
};

/** Up to the first NUL. */
function string(block: Uint8Array, name: keyof typeof FIELD, what: string): string {
  const bytes = field(block, name);
  const end = bytes.indexOf(0);
  return text(end < 0 ? bytes : bytes.subarray(0, end), what);
}

function octal(block: Uint8Array, name: keyof typeof FIELD, what: string): number {
  const digits = decodeLatin1(field(block, name)).replace(/^ +|[ \0]+$/g, '');
  if (!/^[0-7]+$/.test(digits)) {
    fail(what, `a header's ${name} is ${JSON.stringify(digits)}, expected octal digits`);
  }
  return sizeOf(digits, 8, what);
}

function sizeOf(digits: string, radix: number, what: string): number {
  const value = /^\d+$/.test(digits) ? Number.parseInt(digits, radix) : Number.NaN;
  if (!Number.isSafeInteger(value)) fail(what, `a size of ${JSON.stringify(digits)}`);
  return value;
}

function text(bytes: Uint8Array, what: string): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    throw new IntegrityError(`${what}: a name is no UTF-8`, { cause: error });
  }
}

/** Names are used as keys and shown: relative, with / between parts, none of which is empty or goes up. */
function checkName(name: string, what: string): void {
  const parts = name.replace(/^(\.\/)+|\/$/g, '').split('/');
  const isFine =
    name.length <= MAX_NAME &&
    !/[\\\u0000-\u001f\u007f]/.test(name) &&
    (name === './' || parts.every((part) => part !== '' && part !== '.' && part !== '..'));
  if (!isFine) fail(what, `${JSON.stringify(name.slice(0, MAX_NAME))} is no name inside the archive`);
}

async function fillBlock(stream: ByteStream, block: Uint8Array, what: string): Promise<void> {
  const length = await stream.fill(block);
  if (length < BLOCK_BYTES)
    fail(what, `cut off at ${stream.offset}, before the two blocks of zeros at its end`);
}

/** A second block of zeros, and nothing but zeros behind it. */
async function checkEnd(stream: ByteStream, block: Uint8Array, what: string): Promise<void> {
  await fillBlock(stream, block, what);
  if (!isZero(block)) fail(what, `one block of zeros at ${stream.offset - 2 * BLOCK_BYTES}, expected two`);
  for (;;) {
    const rest = await stream.some(PIECE_BYTES);
    if (rest === undefined) return;
    if (!isZero(rest)) fail(what, 'something behind the end of the archive');
  }
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

function fail(what: string, problem: string): never {
  throw new IntegrityError(`${what}: ${problem}`);
}
