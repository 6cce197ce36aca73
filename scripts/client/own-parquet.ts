/** A Parquet file on this machine as the CSV that the app takes, row group by row group. */
import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { brotliDecompressSync, createGzip, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  asyncBufferFromFile,
  type Compressors,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { DatasetError } from '../../core/errors.ts';
import { type OwnFile, openOwn } from './own-file.ts';

/** What Node decompresses; hyparquet itself does Snappy. */
const COMPRESSORS: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input) => zstdDecompressSync(input),
};

export interface ParquetTable {
  /** CSV, gzipped, with a header and commas. */
  file: OwnFile;
  /** Columns of texts, whose values may look like numbers. */
  texts: string[];
  /** Columns of which there is no text, such as lists; they are empty in the CSV. */
  leftOut: string[];
}

type Column = ReturnType<typeof parquetSchema>['children'][number];
type Kind = 'text' | 'number' | 'other' | 'none';

/**
 * @param folder where the CSV is written
 * @throws DatasetError for a file that is damaged, encrypted, or compressed in a way that is not known
 */
export async function csvOfParquet({ path }: OwnFile, folder: string): Promise<ParquetTable> {
  try {
    const source = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(source);
    const columns = parquetSchema(metadata).children.map((column) => ({
      name: column.element.name,
      kind: kindOf(column),
    }));
    const read = columns.filter(({ kind }) => kind !== 'none').map(({ name }) => name);
    const named = (kind: Kind) => columns.filter((column) => column.kind === kind).map(({ name }) => name);
    const target = join(folder, `${basename(path).replace(/\.parquet$/i, '')}.csv.gz`);
    await pipeline(Readable.from(lines()), createGzip({ level: 1 }), createWriteStream(target));
    return { file: await openOwn(path, target), texts: named('text'), leftOut: named('none') };

    async function* lines(): AsyncGenerator<string> {
      yield lineOf(columns.map(({ name }) => name));
      let rowStart = 0;
      for (const group of metadata.row_groups) {
        const rowEnd = rowStart + Number(group.num_rows);
        const options = { file: source, metadata, columns: read, rowStart, rowEnd, compressors: COMPRESSORS };
        const rows = read.length === 0 ? [] : await parquetReadObjects(options);
        for (const row of rows) yield lineOf(columns.map(({ name, kind }) => textOf(row[name], kind)));
        rowStart = rowEnd;
      }
    }
  } catch (error) {
    const { message } = error as Error;
    const advice = message.includes('compression codec')
      ? '; expected Snappy, GZIP, Brotli, Zstandard or none'
      : '';
    throw new DatasetError(`${path}: ${message}${advice}`, { cause: error });
  }
}

/** By the physical and the logical type ("Types" and "Logical Types", parquet.apache.org/docs/file-format). */
function kindOf({ element, children }: Column): Kind {
  const { type, converted_type: converted, logical_type: logical, repetition_type: repetition } = element;
  if (children.length > 0 || repetition === 'REPEATED') return 'none';
  const word = logical?.type ?? converted;
  if (word === 'STRING' || word === 'UTF8' || word === 'ENUM' || word === 'UUID') return 'text';
  if (word === 'DATE' || String(word).startsWith('TIME') || type === 'BOOLEAN' || type === 'INT96')
    return 'other';
  if (word === 'DECIMAL' || word === 'FLOAT16') return 'number';
  // Older programs say nothing of their texts.
  if (type === 'BYTE_ARRAY') return word === undefined || word === 'JSON' ? 'text' : 'none';
  if (type === 'FIXED_LEN_BYTE_ARRAY') return 'none';
  return 'number';
}

/** A missing value is empty, as is what is no number. */
function textOf(value: unknown, kind: Kind): string {
  if (value === null || value === undefined || kind === 'none') return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  return value instanceof Date ? value.toISOString() : String(value);
}

const lineOf = (texts: readonly string[]): string =>
  `${texts.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',')}\n`;
