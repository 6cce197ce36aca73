/** Goes through the rows of CSV files, one after the other, leaving out the bad ones. */

import type { ByteChunks } from '../../bytes/byte-stream.ts';
import { kindOf } from '../../bytes/kind.ts';
import { DatasetError } from '../../errors.ts';
import { CsvReader, MAX_RECORD_BYTES } from './csv.ts';
import type { TableSchema } from './schema.ts';
import { RecordReader, type TableRow } from './table-row.ts';

/** A file's uncompressed bytes in pieces of any size. */
export interface TableSource {
  /** Names the file in reports. */
  name: string;
  chunks: ByteChunks;
  /** Where the chunks begin, when that is not the file's beginning. */
  place?: TablePlace;
  /** Takes the places where reading can begin as well, if it is wanted. */
  places?: { push(place: TablePlace): void };
}

/** Where a record begins that reading can begin with. */
export interface TablePlace {
  /** In the file's bytes. */
  offset: number;
  line: number;
  /** Number of the row that begins there. */
  row: number;
  /** Names of the columns in the file's order, when it has a header. */
  columns: readonly string[] | undefined;
}

/** Least distance of places that are taken. */
export const PLACE_BYTES = 1024 * 1024;

/** Reports that are kept: enough to see what is wrong. */
const MAX_REPORTS = 5;

/** Counts the rows of a split that are left out, and ends the reading when they are more than is allowed. */
export class BadRows {
  count = 0;
  /** The first ones: file, line, column, value and what was expected. */
  readonly reports: string[] = [];
  readonly #max: number;

  constructor(max = 0) {
    this.#max = max;
  }

  /** @throws DatasetError with the first reports when this is one more than is allowed */
  add(report: string): void {
    this.count++;
    if (this.reports.length < MAX_REPORTS) this.reports.push(report);
    if (this.count <= this.#max) return;
    if (this.#max === 0) throw new DatasetError(report);
    throw new DatasetError(`more than ${this.#max} bad rows; the first: ${this.reports.join('; ')}`);
  }
}

/** Takes the row. @returns what is wrong with it, naming the column, or nothing */
export type RowVisitor = () => string | undefined;

/** Whether a row is to be read at all, by its number in its file. */
export type RowChoice = (file: string, row: number) => boolean;

/**
 * Reads every row into `row` and visits it, in order, and yields after each piece of a file, so that the caller can take away what has come of
 * it. Memory is that of one piece and of one record.
 *
 * @throws DatasetError for a file of another kind, for a header that isn't the schema's, for a record too long or a quote that is never closed,
 *   and for more bad rows than `badRows` allows; all name the file and the line
 */
export async function* readTable(
  row: TableRow,
  schema: TableSchema,
  sources: Iterable<TableSource>,
  badRows: BadRows,
  visit: RowVisitor,
  isWanted: RowChoice = () => true,
): AsyncGenerator<void> {
  for (const { name, chunks, place, places } of sources) {
    const records = new RecordReader(schema, row);
    if (place?.columns !== undefined) records.arrange(place.columns);
    let hasHeader = place === undefined && (schema.header ?? false);
    let columns: readonly string[] | undefined;
    let nextPlace = 0;
    row.file = name;
    let number = place?.row ?? 0;
    const reader = new CsvReader({
      delimiter: schema.delimiter ?? ',',
      maxFields: schema.columns.length,
      maxRecordBytes: MAX_RECORD_BYTES,
      what: name,
      ...(place === undefined ? {} : { firstLine: place.line }),
    });
    const take = () => {
      if (hasHeader) {
        hasHeader = false;
        const wrong = records.readHeader(reader);
        if (wrong !== undefined) throw new DatasetError(`${name} line ${reader.line}, header: ${wrong}`);
        columns = records.columns;
        return;
      }
      if (places !== undefined && reader.offset >= nextPlace) {
        nextPlace = reader.offset + PLACE_BYTES;
        places.push({ offset: reader.offset, line: reader.line, row: number, columns });
      }
      row.number = number++;
      if (!isWanted(name, row.number)) return;
      const problem = records.read(reader) ?? visit();
      if (problem !== undefined) badRows.add(`${name} line ${reader.line}, ${problem}`);
    };
    let isFirst = place === undefined;
    for await (const chunk of chunks) {
      const kind = isFirst ? kindOf(chunk) : undefined;
      if (kind !== undefined) throw new DatasetError(`${name} is ${kind}, expected a table`);
      isFirst = false;
      reader.push(chunk, take);
      yield;
    }
    reader.end(take);
    yield;
  }
}
