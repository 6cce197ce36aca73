/** CSV files in two passes: what their columns hold, then their rows as a network takes them. */
import type { CsvSpec, TableFile } from '../../core/ingest/catalogue/spec.ts';
import { encodeTable, isSparse } from '../../core/ingest/table/encode-table.ts';
import { gatherEncoding, type TableEncoding } from '../../core/ingest/table/encoding.ts';
import type { TablePlace, TableSource } from '../../core/ingest/table/read-table.ts';
import { BadRows } from '../../core/ingest/table/read-table.ts';
import { RowSplit } from '../../core/ingest/table/split.ts';
import { Permutation } from '../../core/random/permutation.ts';
import { PURPOSE } from '../../core/random/streams.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';
import type { SourceReader } from './read-source.ts';
import { mixed, rowsOf } from './write-shards.ts';

/** Rows that are encoded before they are mixed. */
const PAGE_ROWS = 4096;
const VALUE_BYTES = 4;
/** A column's number and value. */
const ENTRY_BYTES = 8;

type Shards = ReturnType<typeof encodeTable>;

export interface TableShards {
  encoding: TableEncoding;
  /** Each can be gone through once, the training set first. */
  train: Shards;
  test: Shards;
  /** Complete when both have been gone through. */
  badRows(): Report;
}
type Report = NonNullable<Extract<DatasetManifest, { formatVersion: 2 }>['badRows']>;

/**
 * Goes through the training set for the encoding, and then through both: the training set in pieces of a megabyte, in a
 * random order, so that its shards are samples of all of it.
 *
 * @throws DatasetError naming file, line and column; ConfigError for a schema that can't be
 */
export async function shardTable(spec: CsvSpec, reader: SourceReader, seed: number): Promise<TableShards> {
  const { schema } = spec;
  const dealt = spec.split && new RowSplit(spec.split);
  const files = (split: TableFile['split']) => spec.files.filter((file) => file.split === split);
  const places = new Map<TableFile, TablePlace[]>(files('train').map((file) => [file, []]));
  const whole = (file: TableFile): TableSource => ({ name: file.name, chunks: reader.read(file) });
  const first = await gatherEncoding(
    schema,
    files('train').map((file) => ({ ...whole(file), places: places.get(file)! })),
    dealt,
  );
  const { encoding } = first;
  await reader.prepare(files('test'));
  const rowBytes = isSparse(encoding) ? ENTRY_BYTES * encoding.columns.length : VALUE_BYTES * encoding.inputs;
  const bad = { train: new BadRows(schema.maxBadRows), test: new BadRows(schema.maxBadRows) };
  const pages = encodeTable(encoding, pieces(places, reader, seed), {
    shardRows: Math.min(PAGE_ROWS, rowsOf(rowBytes).shardRows),
    badRows: bad.train,
    ...(dealt && { isWanted: (file, row) => !dealt.isTest(file, row) }),
  });
  return {
    encoding,
    train: mixed(pages, rowBytes, seed),
    test: encodeTable(encoding, files(dealt === undefined ? 'test' : 'train').map(whole), {
      shardRows: rowsOf(rowBytes).shardRows,
      badRows: bad.test,
      ...(dealt && { isWanted: (file, row) => dealt.isTest(file, row) }),
    }),
    badRows: () => ({
      train: {
        count: bad.train.count,
        // The first pass has met them in the files' order; only what can't be encoded shows in the second alone.
        first: bad.train.count === first.badRows.count ? first.badRows.reports : bad.train.reports,
      },
      test: { count: bad.test.count, first: bad.test.reports },
    }),
  };
}

/** The files from place to place, in an order that the seed decides. */
function* pieces(
  places: ReadonlyMap<TableFile, readonly TablePlace[]>,
  reader: SourceReader,
  seed: number,
): Generator<TableSource> {
  const all = [...places].flatMap(([file, inFile]) =>
    inFile.map((place, index) => ({
      file,
      place,
      end: inFile[index + 1]?.offset ?? reader.digests.get(file.name)!.bytes,
    })),
  );
  const order = new Permutation(all.length, seed, 0, PURPOSE.mixing, 1);
  for (let index = 0; index < all.length; index++) {
    const { file, place, end } = all[order.at(index)]!;
    yield { name: file.name, chunks: reader.readPart(file, place.offset, end), place };
  }
}
