/** Writes a tar archive of files whose size is known. */
import { Header } from 'tar';

export interface ArchiveMember {
  /** Up to 100 ASCII characters. */
  name: string;
  size: number;
  /** Exactly `size` bytes. */
  pieces: Iterable<Uint8Array>;
}

const BLOCK_BYTES = 512;
/** Writers pad archives to records of 20 blocks. */
const RECORD_BYTES = 20 * BLOCK_BYTES;

/** @throws RangeError when a member isn't as large as it says */
export function* tarArchive(members: Iterable<ArchiveMember>): Generator<Uint8Array> {
  let written = 0;
  for (const { name, size, pieces } of members) {
    yield header(name, size);
    let length = 0;
    for (const piece of pieces) {
      length += piece.length;
      yield piece;
    }
    if (length !== size) throw new RangeError(`${name}: got ${length} bytes, expected ${size}`);
    const padding = (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
    yield new Uint8Array(padding);
    written += BLOCK_BYTES + size + padding;
  }
  const end = written + 2 * BLOCK_BYTES;
  yield new Uint8Array(Math.ceil(end / RECORD_BYTES) * RECORD_BYTES - written);
}

function header(name: string, size: number): Uint8Array {
  const block = Buffer.alloc(BLOCK_BYTES);
  new Header({ path: name, mode: 0o644, uid: 0, gid: 0, size, mtime: new Date(0), type: 'File' }).encode(
    block,
  );
  return block;
}
