/**
 * CSV (RFC 4180) a record at a time from bytes that come in pieces of any size: the records, and what is wrong with
 * them, depend on the bytes alone.
 *
 * Lines end with LF or CRLF, the last one need not. A byte order mark is skipped, and lines with nothing on them are.
 * Fields are given as places in a buffer: who needs a number makes one from the bytes, without a string in between.
 * A record that breaks the rules is passed on with its `problem`, and reading goes on behind its line's end; only
 * what could swallow the rest of the file (a line too long, a quote that never closes) is thrown.
 */

import { decodeUtf8 } from '../../bytes/text.ts';
import { DatasetError } from '../../errors.ts';

export interface CsvOptions {
  /** One ASCII character. */
  delimiter: string;
  /** Fields that are kept of a record; more are counted. */
  maxFields: number;
  /** Bound on a record's bytes, which is also what is held of the file. */
  maxRecordBytes: number;
  /** Names the file in errors. */
  what: string;
  /** Line that the bytes begin with; default 1, the file's first, which a byte order mark may precede. */
  firstLine?: number;
}

/** Valid while it is being visited. */
export interface CsvRecord {
  /** Of the record's first byte, from 1. */
  line: number;
  /** Where in all bytes that came the record begins. */
  offset: number;
  bytes: Uint8Array;
  /** Field f is bytes[starts[f]] up to but not including bytes[ends[f]], without its quotes. */
  starts: Uint32Array;
  ends: Uint32Array;
  /** Number of fields, which may be more than are kept. */
  count: number;
  problem: string | undefined;
}

export type CsvVisitor = (record: CsvRecord) => void;

/** A megabyte in one record is no table. */
export const MAX_RECORD_BYTES = 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const BOM = [0xef, 0xbb, 0xbf] as const;
/** Longer pieces are taken in parts, so that the buffer stays small whatever comes at once. */
const PART_BYTES = 64 * 1024;

const ORDINARY = 0;
const NOT_ASCII = 1;
const ENDS_FIELD = 2;

const State = { fieldStart: 0, unquoted: 1, quoted: 2, afterQuote: 3, afterReturn: 4 } as const;

export class CsvReader implements CsvRecord {
  line: number;
  offset = 0;
  bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  count = 0;
  problem: string | undefined;

  readonly #options: CsvOptions;
  readonly #delimiter: number;
  /** What the scan of an unquoted field looks at, by byte. */
  readonly #kinds = new Uint8Array(256);
  /** Bytes in the buffer; the record begins at 0 between calls. */
  #length = 0;
  #at = 0;
  /** Bytes that came before those in the buffer. */
  #before = 0;
  #state: number = State.fieldStart;
  #isFileStart: boolean;
  #lineBreaks = 0;
  #hasEscapes = false;
  #isAscii = true;

  constructor(options: CsvOptions) {
    this.#options = options;
    this.line = options.firstLine ?? 1;
    this.#isFileStart = this.line === 1;
    this.#delimiter = options.delimiter.charCodeAt(0);
    this.#kinds.fill(NOT_ASCII, 0x80);
    for (const byte of [LF, QUOTE, this.#delimiter]) this.#kinds[byte] = ENDS_FIELD;
    this.starts = new Uint32Array(options.maxFields);
    this.ends = new Uint32Array(options.maxFields);
    this.bytes = new Uint8Array(2 * PART_BYTES);
  }

  /** Takes the next bytes and visits the records that end in them. @throws DatasetError for a record too long */
  push(chunk: Uint8Array, visit: CsvVisitor): void {
    for (let start = 0; start < chunk.length; start += PART_BYTES) {
      this.#append(chunk.subarray(start, start + PART_BYTES));
      if (this.#isFileStart && this.#length < BOM.length && this.bytes[0] === BOM[0]) continue;
      this.#scan(visit);
    }
  }

  /** Visits the last record when no line break followed it. @throws DatasetError for a quote that is still open */
  end(visit: CsvVisitor): void {
    this.#scan(visit);
    if (this.#state === State.quoted) {
      throw new DatasetError(
        `${this.#options.what} line ${this.line}, column ${this.count + 1}: the quote is not closed before the file's end`,
      );
    }
    if (this.#length === 0) return;
    // As if the line break stood there.
    this.#append(Uint8Array.of(LF));
    this.#scan(visit);
  }

  /** @throws TypeError when the field is no UTF-8 */
  text(field: number): string {
    return decodeUtf8(this.bytes.subarray(this.starts[field], this.ends[field]));
  }

  #append(part: Uint8Array): void {
    if (this.#length + part.length > this.bytes.length) {
      const larger = new Uint8Array(2 * (this.#length + part.length));
      larger.set(this.bytes.subarray(0, this.#length));
      this.bytes = larger;
    }
    this.bytes.set(part, this.#length);
    this.#length += part.length;
  }

  /** Visits the complete records of the buffer and moves what is left to its beginning. */
  #scan(visit: CsvVisitor): void {
    const { bytes, starts } = this;
    const { maxFields, maxRecordBytes } = this.#options;
    const kinds = this.#kinds;
    const delimiter = this.#delimiter;
    const length = this.#length;
    let at = this.#at;
    let begin = 0;
    let state = this.#state;
    if (this.#isFileStart && length > 0) {
      this.#isFileStart = false;
      if (BOM.every((byte, index) => bytes[index] === byte) && length >= BOM.length) begin = at = BOM.length;
    }
    while (at < length) {
      const byte = bytes[at]!;
      if (state === State.quoted) {
        if (byte === QUOTE) state = State.afterQuote;
        else if (byte === LF) this.#lineBreaks++;
        else if (byte >= 0x80) this.#isAscii = false;
        at++;
        continue;
      }
      if (state === State.fieldStart) {
        if (this.count < maxFields) starts[this.count] = at;
        state = State.unquoted;
        if (byte === QUOTE) {
          state = State.quoted;
          if (this.count < maxFields) starts[this.count] = at + 1;
          at++;
          continue;
        }
      }
      if (state === State.unquoted) {
        let kind = kinds[bytes[at]!]!;
        while (kind !== ENDS_FIELD) {
          if (kind !== ORDINARY) this.#isAscii = false;
          if (++at === length) break;
          kind = kinds[bytes[at]!]!;
        }
        if (at === length) break;
        const end = bytes[at]!;
        if (end === QUOTE) {
          this.#refuse('a quote inside a field that does not begin with one');
          at++;
          continue;
        }
        // A carriage return belongs to the line break; the field may be empty before it.
        const isReturn = end === LF && at > begin && bytes[at - 1] === CR && this.#startsBefore(at);
        this.#endField(isReturn ? at - 1 : at);
      } else {
        // Behind a quote within quotes: a second one stands for a quote, else the field is over.
        if (state === State.afterQuote && byte === QUOTE) {
          this.#hasEscapes = true;
          state = State.quoted;
          at++;
          continue;
        }
        if (state === State.afterQuote && byte === CR) {
          state = State.afterReturn;
          at++;
          continue;
        }
        if (byte !== LF && (byte !== delimiter || state === State.afterReturn)) {
          this.#refuse('something follows the closing quote');
          state = State.unquoted;
          continue;
        }
        this.#endField(at - (state === State.afterReturn ? 2 : 1));
      }
      state = State.fieldStart;
      if (bytes[at++] === delimiter) continue;
      if (at - 1 - begin > maxRecordBytes) this.#failTooLong();
      this.#finish(begin, at - 1, visit);
      begin = at;
    }
    if (length - begin > maxRecordBytes) this.#failTooLong();
    this.#carryOver(begin, length, at, state);
  }

  /** Whether the unquoted field that is being read begins before this byte. */
  #startsBefore(at: number): boolean {
    return this.count >= this.starts.length || this.starts[this.count]! < at;
  }

  #endField(end: number): void {
    if (this.count < this.ends.length) {
      this.ends[this.count] = this.#hasEscapes ? this.#unescape(this.starts[this.count]!, end) : end;
    }
    this.#hasEscapes = false;
    this.count++;
  }

  /** Leaves one of each two quotes, in place. @returns the field's new end */
  #unescape(start: number, end: number): number {
    const { bytes } = this;
    let to = start;
    for (let from = start; from < end; from++) {
      bytes[to++] = bytes[from]!;
      if (bytes[from] === QUOTE && bytes[from + 1] === QUOTE) from++;
    }
    return to;
  }

  #finish(begin: number, end: number, visit: CsvVisitor): void {
    const isEmpty = this.count === 1 && this.starts[0]! === this.ends[0]! && end - begin <= 1;
    if (!isEmpty) {
      if (!this.#isAscii) this.#checkUtf8();
      this.offset = this.#before + begin;
      visit(this);
    }
    this.line += this.#lineBreaks + 1;
    this.#lineBreaks = 0;
    this.count = 0;
    this.problem = undefined;
    this.#isAscii = true;
  }

  #checkUtf8(): void {
    for (let field = 0; field < Math.min(this.count, this.starts.length); field++) {
      try {
        this.text(field);
      } catch {
        this.problem ??= `column ${field + 1}: not UTF-8`;
        return;
      }
    }
  }

  #refuse(what: string): void {
    this.problem ??= `column ${this.count + 1}: ${what}`;
  }

  #failTooLong(): never {
    const { what, maxRecordBytes } = this.#options;
    throw new DatasetError(
      `${what} line ${this.line}: a record longer than ${maxRecordBytes} bytes; is a quote not closed?`,
    );
  }

  #carryOver(begin: number, length: number, at: number, state: number): void {
    this.bytes.copyWithin(0, begin, length);
    this.#before += begin;
    for (let field = 0; field <= Math.min(this.count, this.starts.length - 1); field++) {
      this.starts[field]! -= begin;
      this.ends[field]! -= begin;
    }
    this.#length = length - begin;
    this.#at = at - begin;
    this.#state = state;
  }
}
