/** The files of a tar archive, one after the other, as it comes. */
import { createTarDecoder } from 'modern-tar';
import { DatasetError } from '../../core/errors.ts';

export interface TarFile {
  name: string;
  /** The file's bytes; what is not read of them is skipped. Only before the next file. */
  body: AsyncGenerator<Uint8Array>;
}

/**
 * Stops reading `chunks` when the caller stops.
 *
 * @param what names the archive in errors
 * @throws DatasetError for an archive that is damaged or cut off; what `chunks` throws comes through as it is
 */
export async function* tarFiles(chunks: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<TarFile> {
  let failure: { error: unknown } | undefined;
  // The decoder holds pieces back, so each is its own.
  async function* copied(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    try {
      for await (const chunk of chunks) yield chunk.slice();
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  async function* told<T>(parts: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* parts;
    } catch (error) {
      if (failure !== undefined) throw failure.error;
      const why = (error as Error).message.replace(/\.$/, '');
      throw new DatasetError(`${what} is no tar archive, or a damaged one: ${why}`, { cause: error });
    }
  }
  const stop = new AbortController();
  const decoder = createTarDecoder({ strict: true });
  const piping = ReadableStream.from(copied()).pipeTo(decoder.writable, { signal: stop.signal });
  // What goes wrong in it comes out of the decoder as well.
  const piped = piping.catch(() => undefined);
  try {
    for await (const { header, body } of told(decoder.readable)) {
      const content = told(body);
      if (header.type === 'file') yield { name: header.name, body: content };
      await content.return(undefined);
      // Nobody began to read it.
      if (!body.locked) await body.cancel();
    }
  } finally {
    stop.abort();
    await piped;
  }
}
