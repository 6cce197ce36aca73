/** The files of a tar archive, one after the other, as it comes. */
import { Parser, type ReadEntry } from 'tar';
import { DatasetError } from '../../core/errors.ts';

export interface TarFile {
  name: string;
  /** The file's bytes; what is not read of them is skipped. Only before the next file. */
  body: AsyncGenerator<Uint8Array>;
}

/** A piece of a file; the first one of each is empty. */
interface Piece {
  entry: ReadEntry;
  bytes: Uint8Array;
}

/**
 * Stops reading `chunks` when the caller stops.
 *
 * @param what names the archive in errors
 * @throws DatasetError for an archive that is damaged or cut off; what `chunks` throws comes through as it is
 */
export async function* tarFiles(chunks: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<TarFile> {
  const pieces = readPieces(chunks, what);
  try {
    let next = await pieces.next();
    while (!next.done) {
      const { entry } = next.value;
      async function* rest(): AsyncGenerator<Uint8Array> {
        for (; !next.done && next.value.entry === entry; next = await pieces.next()) yield next.value.bytes;
      }
      yield { name: entry.path, body: rest() };
      for await (const _ of rest());
    }
  } finally {
    await pieces.return(undefined);
  }
}

/** The parser hands out what is in a chunk while it takes it, so that nothing waits for anything. */
async function* readPieces(chunks: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<Piece> {
  let found: Piece[] = [];
  let failure: Error | undefined;
  const parser = new Parser({ strict: true });
  parser.on('error', (error: Error) => {
    failure ??= error;
  });
  parser.on('entry', (entry: ReadEntry) => {
    if (entry.type !== 'File' && entry.type !== 'OldFile') return entry.resume();
    found.push({ entry, bytes: new Uint8Array() });
    return entry.on('data', (bytes) => found.push({ entry, bytes }));
  });
  function* taken(): Generator<Piece> {
    if (failure !== undefined) {
      const message = `${what} is no tar archive, or a damaged one: ${failure.message}`;
      throw new DatasetError(message, { cause: failure });
    }
    yield* found;
    found = [];
  }
  for await (const chunk of chunks) {
    // The parser keeps what is left of a chunk, and the source may use its memory again.
    parser.write(Buffer.from(chunk));
    yield* taken();
  }
  parser.end();
  yield* taken();
}
