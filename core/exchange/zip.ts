/**
 * ZIP archives (PKWARE APPNOTE.TXT 6.3.10) as np.savez and np.savez_compressed write them: entries stored or
 * deflated, one after the other without gaps, then the central directory, then its end record.
 *
 * The reader trusts the central directory and checks everything else against it. Encryption, several disks and
 * archives or entries of 4 GiB and more are refused.
 */

import { ByteReader, decodeLatin1 } from '../bytes/byte-reader.ts';
import { quote } from '../bytes/quote.ts';
import { decodeUtf8 } from '../bytes/text.ts';
import { IntegrityError } from '../errors.ts';

import { inflateRaw } from './inflate.ts';

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_RECORD = 0x06054b50;
const END_RECORD_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
/** In a size or offset: the real one is in a ZIP64 field. */
const IN_ZIP64 = 0xffffffff;

const STORED = 0;
const DEFLATED = 8;
const FLAG_ENCRYPTED = 1;
/** CRC and sizes follow the data instead of standing before it. */
const FLAG_DESCRIPTOR = 1 << 3;
const FLAG_UTF8 = 1 << 11;
/** The rest that may be set: how hard the compressor tried. */
const FLAGS_KNOWN = FLAG_DESCRIPTOR | FLAG_UTF8 | (1 << 1) | (1 << 2);
/** Of a data descriptor: signature or not, sizes of 4 or 8 bytes. */
const DESCRIPTOR_BYTES = [12, 16, 20, 24];

interface Entry {
  name: string;
  flags: number;
  method: number;
  crc: number;
  compressedSize: number;
  size: number;
  /** Of its local header. */
  offset: number;
}

const fail = (what: string): never => {
  throw new IntegrityError(`zip: ${what}`);
};
const nameOf = (bytes: Uint8Array, flags: number): string => {
  if ((flags & FLAG_UTF8) === 0) return decodeLatin1(bytes);
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    throw new IntegrityError(`zip: an entry's name is no UTF-8`, { cause: error });
  }
};

/**
 * @param maxBytes bound on the sum of all entries' uncompressed bytes
 * @returns the entries' uncompressed bytes by name, in the directory's order
 * @throws IntegrityError when anything in the archive doesn't add up, or it holds more than `maxBytes`
 */
export async function readZip(bytes: Uint8Array, maxBytes: number): Promise<Map<string, Uint8Array>> {
  const { entries, directoryOffset } = readDirectory(bytes);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > maxBytes) fail(`${total} bytes uncompressed, at most ${maxBytes} are read`);
  const data = new Map<string, Uint8Array>();
  let end = 0;
  const inOrder = entries.toSorted((a, b) => a.offset - b.offset);
  for (const [index, entry] of inOrder.entries()) {
    if (entry.offset !== end) {
      fail(`${quoted(entry)} begins at ${entry.offset}, what is before it ends at ${end}`);
    }
    const begin = dataOffset(bytes, entry);
    end = begin + entry.compressedSize;
    data.set(entry.name, bytes.subarray(begin, end));
    if ((entry.flags & FLAG_DESCRIPTOR) === 0) continue;
    const next = inOrder[index + 1]?.offset ?? directoryOffset;
    if (!DESCRIPTOR_BYTES.includes(next - end))
      fail(`${quoted(entry)} has ${next - end} bytes behind its data`);
    end = next;
  }
  if (end !== directoryOffset)
    fail(`the central directory begins at ${directoryOffset}, what is before it ends at ${end}`);
  const result = new Map<string, Uint8Array>();
  for (const entry of entries) result.set(entry.name, await unpack(entry, data.get(entry.name)!));
  return result;
}

const quoted = ({ name }: Entry): string => quote(name);

function readDirectory(bytes: Uint8Array): { entries: Entry[]; directoryOffset: number } {
  const end = endRecord(bytes);
  const disk = end.u16();
  const directoryDisk = end.u16();
  const count = end.u16();
  const totalCount = end.u16();
  const directoryBytes = end.u32();
  const directoryOffset = end.u32();
  if (directoryOffset === IN_ZIP64) fail('a ZIP64 archive, which is for 4 GiB and more');
  if (disk !== 0 || directoryDisk !== 0 || count !== totalCount) fail('one of several disks');
  const recordOffset = end.offset - (END_RECORD_BYTES - 2);
  if (directoryOffset + directoryBytes !== recordOffset) {
    fail(`a directory of ${directoryBytes} bytes at ${directoryOffset} does not end at ${recordOffset}`);
  }
  const reader = new ByteReader(bytes.subarray(0, recordOffset), 'zip directory', directoryOffset);
  const entries = Array.from({ length: count }, () => readEntry(reader));
  if (reader.remaining > 0) fail(`${reader.remaining} bytes in the directory after its ${count} entries`);
  const names = new Set<string>();
  for (const entry of entries) {
    if (names.has(entry.name)) fail(`two entries ${quoted(entry)}`);
    names.add(entry.name);
  }
  return { entries, directoryOffset };
}

/** A reader behind the end record's signature. The record is the last one whose comment ends with the file. */
function endRecord(bytes: Uint8Array): ByteReader {
  const last = bytes.length - END_RECORD_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT_BYTES); at--) {
    const reader = new ByteReader(bytes, 'zip', at);
    if (reader.u32() !== END_RECORD) continue;
    const commentBytes = new ByteReader(bytes, 'zip', at + END_RECORD_BYTES - 2).u16();
    if (at + END_RECORD_BYTES + commentBytes === bytes.length) return reader;
  }
  return fail('no end record: no archive, or one that was cut off');
}

function readEntry(reader: ByteReader): Entry {
  if (reader.u32() !== CENTRAL_HEADER) fail(`no directory entry at ${reader.offset - 4}`);
  reader.skip(4); // versions made by and needed
  const flags = reader.u16();
  const method = reader.u16();
  reader.skip(4); // time and date
  const [crc, compressedSize, size] = [reader.u32(), reader.u32(), reader.u32()];
  const [nameBytes, extraBytes, commentBytes] = [reader.u16(), reader.u16(), reader.u16()];
  const disk = reader.u16();
  reader.skip(6); // attributes
  const offset = reader.u32();
  const name = nameOf(reader.take(nameBytes), flags);
  reader.skip(extraBytes + commentBytes);
  const entry = { name, flags, method, crc, compressedSize, size, offset };
  if (flags & FLAG_ENCRYPTED) fail(`${quoted(entry)} is encrypted`);
  if (flags & ~FLAGS_KNOWN) fail(`${quoted(entry)} has the flags ${flags.toString(2)}, which are not read`);
  if (method !== STORED && method !== DEFLATED) {
    fail(`${quoted(entry)} is compressed by method ${method}, expected 0 (stored) or 8 (deflated)`);
  }
  if (disk !== 0) fail(`${quoted(entry)} is on another disk`);
  if ([compressedSize, size, offset].includes(IN_ZIP64))
    fail(`${quoted(entry)} has a ZIP64 field, which is for 4 GiB and more`);
  if (method === STORED && compressedSize !== size) {
    fail(`${quoted(entry)} is stored with ${compressedSize} of ${size} bytes`);
  }
  return entry;
}

/** Where an entry's data begins, by its local header, which must agree with the directory. */
function dataOffset(bytes: Uint8Array, entry: Entry): number {
  const reader = new ByteReader(bytes, `zip: ${quoted(entry)}`, entry.offset);
  if (reader.remaining < 4 || reader.u32() !== LOCAL_HEADER)
    fail(`${quoted(entry)} has no header at ${entry.offset}`);
  reader.skip(2); // version needed
  const flags = reader.u16();
  const method = reader.u16();
  reader.skip(4); // time and date
  const inHeader = { crc: reader.u32(), compressedSize: reader.u32(), size: reader.u32() };
  const [nameBytes, extraBytes] = [reader.u16(), reader.u16()];
  const name = nameOf(reader.take(nameBytes), flags);
  reader.skip(extraBytes);
  if (name !== entry.name || flags !== entry.flags || method !== entry.method) {
    fail(`${quoted(entry)} has another name, flags or method in its own header`);
  }
  for (const field of ['crc', 'compressedSize', 'size'] as const) {
    if (inHeader[field] === entry[field]) continue;
    // NumPy reserves room for ZIP64 in every local header; the directory has the sizes all the same.
    if (field !== 'crc' && inHeader[field] === IN_ZIP64) continue;
    if ((flags & FLAG_DESCRIPTOR) !== 0 && inHeader[field] === 0) continue;
    fail(
      `${quoted(entry)} has ${field} ${inHeader[field]} in its own header, ${entry[field]} in the directory`,
    );
  }
  return reader.skip(entry.compressedSize);
}

async function unpack(entry: Entry, data: Uint8Array): Promise<Uint8Array> {
  const bytes = entry.method === STORED ? data : await inflateRaw(data, entry.size, `zip: ${quoted(entry)}`);
  const crc = crc32(bytes);
  if (crc !== entry.crc) fail(`${quoted(entry)} has CRC-32 ${hex(crc)}, expected ${hex(entry.crc)}`);
  return bytes;
}

const hex = (crc: number): string => crc.toString(16).padStart(8, '0');

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 as ZIP has it (ISO-HDLC: polynomial 0xEDB88320 reflected, start and end inverted); 32 bits, unsigned. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}
