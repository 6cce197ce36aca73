/** Goes through the rows of CSV files, one after the other, leaving out the bad ones. */

import { DatasetError } from '../../errors.ts';
import type { ByteChunks } from '../../formats/byte-stream.ts';
import { CsvReader, MAX_RECORD_BYTES } from '../../formats/csv.ts';
import type { BadRows } from './bad-rows.ts';
import type { TableSchema } from './schema.ts';
import { RecordReader, type TableRow } from './table-row.ts';

/** A file's uncompressed bytes in pieces of any size. */
export interface TableSource {
  /** Names the file in reports. */
  name: string;
  chunks: ByteChunks;
}

/** Takes the row. @returns what is wrong with it, naming the column, or nothing */
export type RowVisitor = () => string | undefined;

/**
 * Reads every row into `row` and visits it, in order, and yields after each piece of a file, so that the caller can take away what has come of
 * it. Memory is that of one piece and of one record.
 *
 * @throws DatasetError for a header that isn't the schema's, for a record too long or a quote that is never closed,
 *   and for more bad rows than `badRows` allows; all name the file and the line
 */
export async function* readTable(
  row: TableRow,
  schema: TableSchema,
  sources: Iterable<TableSource>,
  badRows: BadRows,
  visit: RowVisitor,
): AsyncGenerator<void> {
  for (const { name, chunks } of sources) {
    const records = new RecordReader(schema, row);
    let hasHeader = schema.header ?? false;
    const reader = new CsvReader({
      delimiter: schema.delimiter ?? ',',
      maxFields: schema.columns.length,
      maxRecordBytes: MAX_RECORD_BYTES,
      what: name,
    });
    const take = () => {
      if (hasHeader) {
        hasHeader = false;
        const wrong = records.readHeader(reader);
        if (wrong !== undefined) throw new DatasetError(`${name} line ${reader.line}, header: ${wrong}`);
        return;
      }
      const problem = records.read(reader) ?? visit();
      if (problem !== undefined) badRows.add(`${name} line ${reader.line}, ${problem}`);
    };
    for await (const chunk of chunks) {
      reader.push(chunk, take);
      yield;
    }
    reader.end(take);
    yield;
  }
}
