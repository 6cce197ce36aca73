/** Writes generated files: gzip as mirrors serve it, and nothing under the final name before it is whole. */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Text is gathered up to this many characters before it is compressed. */
const GATHERED = 256 * 1024;

/** @param path ends in .gz for compressed files @param pieces text is written as UTF-8 */
export async function writeFile(path: string, pieces: Iterable<string | Uint8Array>): Promise<void> {
  const partial = `${path}.partial`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const source = Readable.from(gather(pieces));
    const target = createWriteStream(partial);
    if (path.endsWith('.gz')) await pipeline(source, createGzip({ level: 1 }), target);
    else await pipeline(source, target);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function* gather(pieces: Iterable<string | Uint8Array>): Generator<Buffer> {
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece;
      if (text.length < GATHERED) continue;
    }
    if (text !== '') yield Buffer.from(text);
    text = '';
    if (typeof piece !== 'string') yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  }
  if (text !== '') yield Buffer.from(text);
}
