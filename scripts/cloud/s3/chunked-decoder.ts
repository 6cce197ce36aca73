/**
 * Decoder of the aws-chunked content encoding (Amazon S3 API Reference, "Signature calculations: transferring payload
 * in multiple chunks"): hex size, extensions, CRLF, bytes, CRLF, …, a chunk of size 0, trailer lines, an empty line.
 * Chunk and trailer signatures are skipped: this server checks no signatures.
 */
import { S3Error } from './errors.ts';

/** Longest size or trailer line; real ones are below 200 bytes. */
const MAX_LINE_BYTES = 4096;
const LINE_FEED = 10;

type State = 'size' | 'data' | 'dataEnd' | 'trailer' | 'done';

/** Push decoder: bytes in any split, payload out. */
export class ChunkedDecoder {
  /** Trailing headers by lower-case name; complete after `end`. */
  readonly trailers = new Map<string, string>();
  #state: State = 'size';
  #line = '';
  /** Bytes of the current chunk still to come. */
  #left = 0;

  /**
   * Payload bytes within `bytes`, as views.
   * @throws S3Error IncompleteBody on broken framing
   */
  *push(bytes: Uint8Array): Generator<Uint8Array> {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const piece = bytes.subarray(at, at + this.#left);
        at += piece.length;
        this.#left -= piece.length;
        if (this.#left === 0) this.#state = 'dataEnd';
        yield piece;
        continue;
      }
      if (this.#state === 'done') throw broken('bytes follow the last chunk');
      const feed = bytes.indexOf(LINE_FEED, at);
      const stop = feed === -1 ? bytes.length : feed + 1;
      this.#line += Buffer.from(bytes.subarray(at, stop)).toString('latin1');
      if (this.#line.length > MAX_LINE_BYTES) throw broken(`a line exceeds ${MAX_LINE_BYTES} bytes`);
      at = stop;
      if (feed !== -1) this.#endLine();
    }
  }

  /** @throws S3Error IncompleteBody when the last chunk has not come */
  end(): void {
    if (this.#state !== 'done') throw broken('the body ended before the last chunk');
  }

  #endLine(): void {
    if (!this.#line.endsWith('\r\n')) throw broken('a line does not end in CRLF');
    const line = this.#line.slice(0, -2);
    this.#line = '';
    if (this.#state === 'size') {
      const size = /^([0-9a-fA-F]{1,12})(?:;.*)?$/.exec(line)?.[1];
      if (size === undefined) throw broken('a chunk has no hexadecimal size');
      this.#left = Number.parseInt(size, 16);
      this.#state = this.#left > 0 ? 'data' : 'trailer';
    } else if (this.#state === 'dataEnd') {
      if (line !== '') throw broken('a chunk is longer than its size');
      this.#state = 'size';
    } else if (line === '') {
      this.#state = 'done';
    } else {
      const colon = line.indexOf(':');
      if (colon < 1) throw new S3Error('MalformedTrailerError', 'A trailing header has no name.');
      this.trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
  }
}

const broken = (why: string): S3Error =>
  new S3Error('IncompleteBody', `The aws-chunked request body is broken: ${why}.`);
